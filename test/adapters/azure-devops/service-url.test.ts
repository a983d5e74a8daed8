import { describe, expect, it } from 'vitest';
import {
  isLoopback,
  mayReceiveCredential,
  organizationOf,
  throttleIdentity,
} from '../../../src/adapters/azure-devops/service-url.ts';

describe('S70: mayReceiveCredential', () => {
  it.each`
    meantFor                              | target                                       | allowed  | why
    ${'https://dev.azure.com/contoso'}    | ${'https://dev.azure.com/contoso/x'}         | ${true}  | ${'the same host'}
    ${'https://contoso.visualstudio.com'} | ${'https://dev.azure.com/contoso/'}          | ${true}  | ${'the hosted service under its other name'}
    ${'https://dev.azure.com/contoso'}    | ${'https://vssps.dev.azure.com/x'}           | ${true}  | ${'another part of the hosted service'}
    ${'https://dev.azure.com/contoso'}    | ${'http://dev.azure.com/contoso'}            | ${false} | ${'unencrypted'}
    ${'https://dev.azure.com/contoso'}    | ${'https://evil-dev.azure.com.example.com/'} | ${false} | ${'a look-alike'}
    ${'https://dev.azure.com/contoso'}    | ${'https://notvisualstudio.com/'}            | ${false} | ${'a look-alike of the older name'}
    ${'https://tfs.example.com/tfs'}      | ${'https://dev.azure.com/contoso'}           | ${false} | ${'from a Server to the hosted service'}
    ${'https://tfs.example.com/tfs'}      | ${'https://tfs.example.com:8443/tfs'}        | ${false} | ${'another port'}
    ${'http://tfs.example.com/tfs'}       | ${'https://tfs.example.com/tfs'}             | ${false} | ${'another protocol'}
  `('$meantFor to $target: $allowed, $why', ({ meantFor, target, allowed }) => {
    expect(mayReceiveCredential(new URL(meantFor), new URL(target))).toBe(allowed);
  });
});

describe('throttleIdentity', () => {
  const hosted = throttleIdentity('https://dev.azure.com/contoso', 'contoso', 'secret-1');

  it.each`
    url                                   | organization  | token         | same     | why
    ${'https://contoso.visualstudio.com'} | ${'Contoso'}  | ${'secret-1'} | ${true}  | ${'the same organization under its other name'}
    ${'https://dev.azure.com/fabrikam'}   | ${'fabrikam'} | ${'secret-1'} | ${false} | ${'another organization'}
    ${'https://dev.azure.com/contoso'}    | ${'contoso'}  | ${'secret-2'} | ${false} | ${'another identity'}
    ${'https://tfs.example.com/contoso'}  | ${'contoso'}  | ${'secret-1'} | ${false} | ${'another service'}
  `('$why: same is $same', ({ url, organization, token, same }) => {
    expect(throttleIdentity(url, organization, token) === hosted).toBe(same);
  });

  it('holds no secret', () => {
    expect(hosted).not.toContain('secret-1');
  });
});

it.each`
  url                                        | organization
  ${'https://dev.azure.com/contoso'}         | ${'contoso'}
  ${'https://contoso.visualstudio.com'}      | ${'contoso'}
  ${'https://tfs.example.com/tfs/My%20Team'} | ${'My Team'}
  ${'https://tfs.example.com'}               | ${'tfs.example.com'}
`('the organization of $url is $organization', ({ url, organization }) => {
  expect(organizationOf(url)).toBe(organization);
});

it.each`
  host                  | loopback
  ${'localhost'}        | ${true}
  ${'127.0.0.1'}        | ${true}
  ${'[::1]'}            | ${true}
  ${'127.0.0.1.nip.io'} | ${false}
  ${'10.0.0.1'}         | ${false}
`('$host is loopback: $loopback', ({ host, loopback }) => {
  expect(isLoopback(host)).toBe(loopback);
});
