import { describe, expect, it } from 'vitest';
import { GitFailure, isDamagedStore, redact, translate } from '../../../src/adapters/git/git-errors.ts';
import { PermanentError, TransientError } from '../../../src/ports/errors.ts';

describe('what git says', () => {
  it.each`
    said                                                                                           | expected          | text                           | why
    ${'fatal: Authentication failed for x'}                                                        | ${PermanentError} | ${'credential was refused'}    | ${'a refused token'}
    ${'fatal: could not read Username for x: terminal prompts disabled'}                           | ${PermanentError} | ${'credential was refused'}    | ${'a missing token'}
    ${'git@host: Permission denied (publickey).'}                                                  | ${PermanentError} | ${'credential was refused'}    | ${'a refused key'}
    ${'Host key verification failed.\nfatal: Could not read from remote repository.'}              | ${PermanentError} | ${'KNOWN_HOSTS_FILE'}          | ${'an unknown ssh host'}
    ${"fatal: repository 'https://h/r/' not found"}                                                | ${PermanentError} | ${'no such repository'}        | ${'a repository that is gone'}
    ${'remote: TF401019: The Git repository with name or identifier x does not exist'}             | ${PermanentError} | ${'no such repository'}        | ${'as Azure Repos says it'}
    ${"fatal: couldn't find remote ref refs/heads/x"}                                              | ${PermanentError} | ${'CONFIG_REPO_REF'}           | ${'a ref that is gone'}
    ${'fatal: remote error: upload-pack: not our ref 0123'}                                        | ${PermanentError} | ${'CONFIG_REPO_REF'}           | ${'a commit that is gone'}
    ${'fatal: unable to access x: server certificate verification failed. CAfile: none'}           | ${PermanentError} | ${'CONFIG_REPO_CA_FILE'}       | ${'an unknown authority'}
    ${'fatal: unable to access x: The requested URL returned error: 301'}                          | ${PermanentError} | ${'CONFIG_REPO_URL'}           | ${'a redirect'}
    ${'error: object 12: badTree: cannot be parsed as a tree\nfatal: fsck error in packed object'} | ${PermanentError} | ${'unsafe'}                    | ${'crafted objects'}
    ${'fatal: unable to access x: Could not resolve host: h'}                                      | ${TransientError} | ${'cannot be resolved'}        | ${'DNS'}
    ${'fatal: unable to access x: Failed to connect to h port 443'}                                | ${TransientError} | ${'cannot be reached'}         | ${'a closed port'}
    ${'fatal: unable to access x: The requested URL returned error: 503'}                          | ${TransientError} | ${'problem of its own'}        | ${'a fault of the host'}
    ${'error: RPC failed; curl 92\nfatal: early EOF'}                                              | ${TransientError} | ${'broke off'}                 | ${'a broken transfer'}
    ${'fatal: something new'}                                                                      | ${TransientError} | ${'git: fatal: something new'} | ${'anything else may pass'}
  `('$why', ({ said, expected, text }) => {
    const error = translate(new GitFailure(said), []);

    expect(error).toBeInstanceOf(expected);
    expect(error.message).toContain(text);
    expect(error.cause).toBeUndefined();
  });

  it('is shown without secrets, control characters and the rest of the output', () => {
    const said =
      'Cloning into x\nfatal: https://me:hunter2@host/r sent s3cret\u001b[31m and Basic OnMzY3JldA==\nhint: try again';
    const error = translate(new GitFailure(said), ['s3cret']);

    expect(error.message).toContain('https://***@host/r sent *** [31m and Basic ***');
    expect(error.message).not.toMatch(/hunter2|s3cret|OnMzY3|Cloning|hint|\p{Cc}/u);
    expect(redact('x'.repeat(1000), [])).toHaveLength(300);
  });

  it.each`
    said                                                            | damaged  | why
    ${'fatal: not a git repository: /store/repository.git'}         | ${true}  | ${'an empty store'}
    ${'error: object file objects/12/34 is empty'}                  | ${true}  | ${'a write that did not reach the disk'}
    ${'fatal: bad object refs/poolkeeper/head'}                     | ${true}  | ${'a lost object'}
    ${'fatal: packed object 12 (stored in x.pack) is corrupt'}      | ${true}  | ${'a damaged pack'}
    ${"fatal: '/srv/r.git' does not appear to be a git repository"} | ${false} | ${'the other side is missing'}
    ${"fatal: repository 'https://h/r' not found"}                  | ${false} | ${'the other side is missing'}
    ${'fatal: Authentication failed'}                               | ${false} | ${'the credential'}
  `('$why: the store is damaged: $damaged', ({ said, damaged }) => {
    expect(isDamagedStore(new GitFailure(said))).toBe(damaged);
  });
});
