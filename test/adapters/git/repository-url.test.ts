import { describe, expect, it } from 'vitest';
import { readRef, readRepositoryPath, readRepositoryUrl } from '../../../src/adapters/git/repository-url.ts';
import { PermanentError } from '../../../src/ports/errors.ts';

describe('CONFIG_REPO_URL', () => {
  it.each`
    text                                              | url                                       | why
    ${'https://dev.azure.com/c/p/_git/r'}             | ${'https://dev.azure.com/c/p/_git/r'}     | ${'https'}
    ${'https://contoso@dev.azure.com/contoso/_git/r'} | ${'https://dev.azure.com/contoso/_git/r'} | ${'the user name of a copied clone URL is dropped'}
    ${'git@github.com:contoso/pools.git'}             | ${'git@github.com:contoso/pools.git'}     | ${'short ssh form'}
    ${'ssh://git@host:22/contoso/pools'}              | ${'ssh://git@host:22/contoso/pools'}      | ${'ssh'}
    ${'file:///srv/pools.git'}                        | ${'file:///srv/pools.git'}                | ${'file'}
  `('$why', ({ text, url }) => {
    expect(readRepositoryUrl(text).url).toBe(url);
  });

  it.each`
    text                          | why
    ${'https://u:hunter2@host/r'} | ${'a password'}
    ${'ext::sh -c id'}            | ${'a command'}
    ${'--upload-pack=x'}          | ${'an option'}
    ${'-oProxyCommand=x@h:p'}     | ${'an option in the short ssh form'}
    ${'ssh://-oProxyCommand/x'}   | ${'an option as host'}
    ${'git://host/r'}             | ${'an unencrypted protocol without credential'}
    ${'/srv/pools'}               | ${'a path'}
    ${'https://host/r?a=b'}       | ${'a query'}
    ${'https://ho st/r'}          | ${'a blank'}
  `('refuses $why and does not repeat it', ({ text }) => {
    expect(() => readRepositoryUrl(text)).toThrow(PermanentError);
    expect(() => readRepositoryUrl(text)).not.toThrow(/hunter2/);
  });
});

describe('CONFIG_REPO_REF', () => {
  it.each([['main'], ['release/1.0'], ['refs/heads/x'], ['v1-rc.1']])('takes %s', (text) => {
    expect(readRef(text).kind).toBe('names');
  });

  it.each([[''], ['-x'], ['a..b'], ['a b'], ['a:b'], ['a~1'], ['a^{}'], ['x.lock'], ['/x'], ['x/'], ['@'], ['a//b']])(
    'refuses "%s"',
    (text) => {
      expect(() => readRef(text)).toThrow(PermanentError);
    },
  );
});

describe('CONFIG_REPO_PATH', () => {
  it.each`
    text           | path
    ${'.'}         | ${'.'}
    ${''}          | ${'.'}
    ${'./pools/'}  | ${'pools'}
    ${'/pools//a'} | ${'pools/a'}
  `('$text is $path', ({ text, path }) => {
    expect(readRepositoryPath(text)).toBe(path);
  });

  it('stays inside the repository', () => {
    expect(() => readRepositoryPath('a/../../b')).toThrow(PermanentError);
  });
});
