import type { Fault } from '../../../src/sandbox/azure-devops/faults.ts';

export const signInPage = '<html><head><title>Sign In</title></head></html>';
export const html = { 'content-type': 'text/html; charset=utf-8' };

/** A way in which the service, or what lies before it, fails; and what the caller must be told. */
export interface Trap {
  readonly fault: Omit<Fault, 'operation'>;
  readonly error: 'PermanentError' | 'ThrottledError' | 'TransientError';
  readonly says: RegExp;
  readonly why: string;
}

export const traps: readonly Trap[] = [
  {
    fault: { status: 203, headers: html, body: signInPage },
    error: 'PermanentError',
    says: /credential.*sign-in page.*Secret "azure-devops"/,
    why: 'S20: a 203 with the sign-in page is a refused credential',
  },
  {
    fault: { status: 203, body: '{"count":0,"value":[]}' },
    error: 'PermanentError',
    says: /credential/,
    why: 'a 203 is a refused credential, whatever it holds',
  },
  {
    fault: { status: 200, headers: html, body: signInPage },
    error: 'PermanentError',
    says: /credential.*text\/html instead of JSON/,
    why: 'a page where JSON belongs',
  },
  {
    fault: { status: 200, headers: { 'content-type': 'application/json' }, body: '' },
    error: 'PermanentError',
    says: /credential.*nothing/,
    why: 'nothing where JSON belongs',
  },
  {
    fault: { status: 204, body: '' },
    error: 'PermanentError',
    says: /credential/,
    why: 'no content where JSON belongs',
  },
  {
    fault: { status: 302, headers: { location: 'https://login.example.com/signin?token=x' }, body: '' },
    error: 'PermanentError',
    says: /redirects to https:\/\/login\.example\.com\/signin, which is not followed/,
    why: 'a redirect to sign-in is not followed',
  },
  {
    fault: { status: 301, headers: { location: '/elsewhere' }, body: '' },
    error: 'PermanentError',
    says: /redirects to .*\/elsewhere/,
    why: 'a redirect on the same host is not followed either',
  },
  {
    fault: { status: 401, body: '{"count":0,"value":[]}' },
    error: 'PermanentError',
    says: /credential was refused/,
    why: 'a 401 with an empty list is not an empty pool',
  },
  { fault: { status: 401, body: '' }, error: 'PermanentError', says: /credential was refused/, why: 'a bare 401' },
  {
    fault: {
      status: 403,
      body: '{"message":"Access denied. It needs Manage permissions","typeKey":"AccessDeniedException"}',
    },
    error: 'PermanentError',
    says: /Access denied.*Administrator role on pool "Linux"/,
    why: 'a missing permission names the permission',
  },
  {
    fault: { status: 400, body: '{"message":"out of range","typeKey":"VssVersionOutOfRangeException"}' },
    error: 'PermanentError',
    says: /out of range/,
    why: 'a request that is wrong stays wrong',
  },
  {
    fault: { status: 404, headers: html, body: '<html>no such page</html>' },
    error: 'PermanentError',
    says: /not found.*check the URL/,
    why: 'a 404 is not an empty answer',
  },
  {
    fault: { status: 500, body: '{"message":"boom"}' },
    error: 'TransientError',
    says: /HTTP 500: boom/,
    why: 'S20: the service fails',
  },
  {
    fault: { status: 503, body: '\uFEFF{"message":"TF24668: not available"}' },
    error: 'TransientError',
    says: /HTTP 503: TF24668/,
    why: 'a byte-order mark does not hide the message',
  },
  {
    fault: { status: 502, headers: html, body: '<html>bad gateway</html>' },
    error: 'TransientError',
    says: /HTTP 502/,
    why: 'a gateway in between fails',
  },
  { fault: { status: 408, body: '' }, error: 'TransientError', says: /HTTP 408/, why: 'the server gave up waiting' },
  {
    fault: { status: 200, body: '{"count":2,"value":[{"id":' },
    error: 'TransientError',
    says: /not whole/,
    why: 'JSON that ends too early',
  },
  {
    fault: { connection: 'truncated' },
    error: 'TransientError',
    says: /Azure DevOps sandbox/,
    why: 'a connection that breaks within the answer',
  },
  {
    fault: { connection: 'reset' },
    error: 'TransientError',
    says: /Azure DevOps sandbox/,
    why: 'a connection that is cut',
  },
  {
    fault: { connection: 'hang' },
    error: 'TransientError',
    says: /no answer within 0.2 s/,
    why: 'S20: no answer at all',
  },
  {
    fault: { status: 429, headers: { 'retry-after': '30' }, body: '' },
    error: 'ThrottledError',
    says: /30 s/,
    why: 'S20: told to wait',
  },
  {
    fault: { status: 503, headers: { 'retry-after': '7' }, body: '' },
    error: 'ThrottledError',
    says: /7 s/,
    why: 'told to wait by a failing service',
  },
];
