import { describe, expect, it } from 'vitest';
import { parseAzureReposUrl } from '../../../../src/adapters/code-hosts/azure-repos/azure-repos-url.ts';

describe('parseAzureReposUrl', () => {
  it.each`
    url                                                                      | collectionUrl                                      | project           | repository      | why
    ${'https://dev.azure.com/contoso/infra/_git/pools'}                      | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'the usual form'}
    ${'https://contoso@dev.azure.com/contoso/infra/_git/pools'}              | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'as the clone dialog shows it'}
    ${'https://dev.azure.com/contoso/infra/_git/pools/'}                     | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'a trailing slash'}
    ${'https://dev.azure.com/contoso/infra/_git/pools?version=GBmain'}       | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'copied from the browser'}
    ${'https://dev.azure.com/contoso/_git/pools'}                            | ${'https://dev.azure.com/contoso'}                 | ${'pools'}        | ${'pools'}      | ${'a repository named like its project'}
    ${'https://dev.azure.com/contoso/Shared%20Infra/_git/Pool%20files'}      | ${'https://dev.azure.com/contoso'}                 | ${'Shared Infra'} | ${'Pool files'} | ${'encoded blanks'}
    ${'https://contoso.visualstudio.com/infra/_git/pools'}                   | ${'https://contoso.visualstudio.com'}              | ${'infra'}        | ${'pools'}      | ${'the older host'}
    ${'https://contoso.visualstudio.com/DefaultCollection/infra/_git/pools'} | ${'https://contoso.visualstudio.com'}              | ${'infra'}        | ${'pools'}      | ${'the older host with its collection'}
    ${'git@ssh.dev.azure.com:v3/contoso/infra/pools'}                        | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'ssh as scp writes it'}
    ${'ssh://git@ssh.dev.azure.com/v3/contoso/infra/pools'}                  | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'ssh as a URL'}
    ${'ssh://git@ssh.dev.azure.com:22/v3/contoso/Shared%20Infra/pools'}      | ${'https://dev.azure.com/contoso'}                 | ${'Shared Infra'} | ${'pools'}      | ${'ssh with a port and a blank'}
    ${'contoso@vs-ssh.visualstudio.com:v3/contoso/infra/pools'}              | ${'https://dev.azure.com/contoso'}                 | ${'infra'}        | ${'pools'}      | ${'the older ssh host'}
    ${'https://tfs.example.com/tfs/DefaultCollection/infra/_git/pools'}      | ${'https://tfs.example.com/tfs/DefaultCollection'} | ${'infra'}        | ${'pools'}      | ${'a Server'}
    ${'http://tfs.example.com:8080/tfs/Main/infra/_git/pools'}               | ${'http://tfs.example.com:8080/tfs/Main'}          | ${'infra'}        | ${'pools'}      | ${'a Server over http'}
    ${'http://127.0.0.1:4711/sandbox/infra/_git/pools'}                      | ${'http://127.0.0.1:4711/sandbox'}                 | ${'infra'}        | ${'pools'}      | ${'loopback'}
  `('reads $url: $why', ({ url, collectionUrl, project, repository }) => {
    expect(parseAzureReposUrl(url)).toEqual({ collectionUrl, project, repository });
  });

  it.each`
    url                                                      | why
    ${'https://github.com/contoso/pools.git'}                | ${'another host'}
    ${'git@github.com:contoso/pools.git'}                    | ${'another host over ssh'}
    ${'git@ssh.dev.azure.com:v3/contoso/infra'}              | ${'no repository'}
    ${'git@ssh.dev.azure.com:v3/contoso/infra/pools/more'}   | ${'too much'}
    ${'https://dev.azure.com/contoso/infra'}                 | ${'no repository'}
    ${'https://dev.azure.com/_git/pools'}                    | ${'no organization'}
    ${'https://dev.azure.com/contoso/infra/_git/pools/more'} | ${'more after the repository'}
    ${'https://dev.azure.com/contoso/a/b/_git/pools'}        | ${'two projects'}
    ${'file:///repos/pools'}                                 | ${'a file'}
    ${'../pools'}                                            | ${'a relative path'}
    ${''}                                                    | ${'nothing'}
  `('refuses $url: $why', ({ url }) => {
    expect(parseAzureReposUrl(url)).toBeUndefined();
  });
});
