import { describe, expect, it } from 'vitest';
import { hostedServiceUrls, isAllowedUrl, readAzureDevOpsUrl } from '../../src/definitions/azure-devops-url.ts';
import { aPool, parse } from './a-definition.ts';

describe('S48: azDoUrl', () => {
  it.each`
    text                                   | url                                    | organization
    ${'https://dev.azure.com/x/'}          | ${'https://dev.azure.com/x'}           | ${'x'}
    ${'HTTPS://DEV.AZURE.COM/Contoso'}     | ${'https://dev.azure.com/Contoso'}     | ${'Contoso'}
    ${'https://x.visualstudio.com'}        | ${'https://x.visualstudio.com'}        | ${'x'}
    ${'https://host/tfs/Coll'}             | ${'https://host/tfs/Coll'}             | ${'Coll'}
    ${'https://host/TFS/Coll/'}            | ${'https://host/TFS/Coll'}             | ${'Coll'}
    ${'http://host:8080/Coll'}             | ${'http://host:8080/Coll'}             | ${'Coll'}
    ${'https://host/Default%20Collection'} | ${'https://host/Default%20Collection'} | ${'Default Collection'}
    ${'https://host'}                      | ${'https://host'}                      | ${'host'}
  `('$text', ({ text, url, organization }) => {
    expect(readAzureDevOpsUrl(text)).toEqual({ url: { url, organization } });
  });

  it.each`
    text                              | problem                    | why
    ${'dev.azure.com/x'}              | ${'not an absolute'}       | ${'no scheme'}
    ${'ftp://host/x'}                 | ${'not an absolute'}       | ${'another scheme'}
    ${'http://dev.azure.com/x'}       | ${'must use https'}        | ${'http is only for servers'}
    ${'https://dev.azure.com/'}       | ${'names no organization'} | ${'no organization'}
    ${'https://dev.azure.com/x/proj'} | ${'names a project'}       | ${'a project'}
    ${'https://dev.azure.com:8443/x'} | ${'must not have a port'}  | ${'a port of the hosted service'}
    ${'https://a.b.visualstudio.com'} | ${'ORGANIZATION'}          | ${'another host of that domain'}
    ${'https://host/a/b'}             | ${'URL of a collection'}   | ${'deeper than a collection'}
    ${'https://host/tfs/a/b'}         | ${'URL of a collection'}   | ${'deeper than a collection below tfs'}
    ${'https://host/a?x=1'}           | ${'must end after'}        | ${'a query'}
    ${'https://pat@dev.azure.com/x'}  | ${'user name or password'} | ${'a user name'}
    ${'https://u:hunter2@host/x'}     | ${'user name or password'} | ${'a password'}
    ${'https://dev.azure.com/x%2Fy'}  | ${'percent sign'}          | ${'a slash inside a name'}
    ${'https://host/%zz'}             | ${'percent sign'}          | ${'a wrong escape'}
  `('refuses $why', ({ text, problem }) => {
    const read = readAzureDevOpsUrl(text);

    expect(read).toHaveProperty('problem', expect.stringContaining(problem));
    expect(JSON.stringify(read)).not.toContain('hunter2');
  });
});

describe('S70: AZDO_ALLOWED_URLS', () => {
  it.each`
    url                               | allowed                           | expected | why
    ${'https://dev.azure.com/x'}      | ${hostedServiceUrls}              | ${true}  | ${'hosted service'}
    ${'https://x.visualstudio.com'}   | ${hostedServiceUrls}              | ${true}  | ${'older hosted name'}
    ${'https://visualstudio.com'}     | ${hostedServiceUrls}              | ${false} | ${'the star needs a label'}
    ${'https://a.b.visualstudio.com'} | ${hostedServiceUrls}              | ${false} | ${'the star is one label'}
    ${'https://dev.azure.com.evil/x'} | ${hostedServiceUrls}              | ${false} | ${'another host'}
    ${'https://host/Coll'}            | ${hostedServiceUrls}              | ${false} | ${'a server'}
    ${'https://host/tfs/Coll'}        | ${['https://host/tfs']}           | ${true}  | ${'below the path'}
    ${'https://host/tfs-evil/Coll'}   | ${['https://host/tfs']}           | ${false} | ${'whole segments only'}
    ${'https://host/TFS/coll'}        | ${['https://host/tfs/Coll/']}     | ${true}  | ${'names have no case'}
    ${'http://host/tfs/Coll'}         | ${['https://host/tfs']}           | ${false} | ${'another scheme'}
    ${'https://host:8443/Coll'}       | ${['https://host/']}              | ${false} | ${'another port'}
    ${'https://host/Coll'}            | ${['https://host:443/']}          | ${true}  | ${'the default port, written out'}
    ${'https://host/Coll'}            | ${['nonsense', ' https://host ']} | ${true}  | ${'blanks around an entry'}
    ${'https://host/Coll'}            | ${[]}                             | ${false} | ${'nothing is allowed'}
  `('$why', ({ url, allowed, expected }) => {
    expect(isAllowedUrl(url, allowed)).toBe(expected);
  });

  it('the error says what to set', async () => {
    const { pools, findings } = await parse({ 'a.yaml': aPool('linux', ['azDoUrl: https://tfs.corp/tfs/Main']) });

    expect(pools[0]?.spec).toBeUndefined();
    expect(findings[0]).toMatchObject({ rule: 'url-not-allowed', path: 'spec.azDoUrl', line: 9 });
    expect(findings[0]?.message).toContain('must add https://tfs.corp/tfs/Main to AZDO_ALLOWED_URLS');
  });
});
