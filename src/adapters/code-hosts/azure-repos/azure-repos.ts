import { type GitStatus, GitStatusState } from 'azure-devops-node-api/interfaces/GitInterfaces.js';
import { z } from 'zod';
import type { CodeHost, CommitStatus } from '../../../ports/code-host.ts';
import { readList } from '../../azure-devops/answers.ts';
import {
  createServiceCaller,
  type ServiceCallerOptions,
  type ServiceSession,
  type ServiceTarget,
} from '../../azure-devops/service-caller.ts';
import { organizationOf } from '../../azure-devops/service-url.ts';
import type { AzureReposRepository } from './azure-repos-url.ts';

export interface AzureReposOptions extends ServiceCallerOptions {
  readonly repository: AzureReposRepository;
  /** Read for every call. May throw `PermanentError`. */
  readonly readToken: (signal: AbortSignal) => Promise<string>;
  /** Where the token comes from, for messages: for example `the file of CODE_HOST_TOKEN_FILE`. */
  readonly credentialName: string;
}

const pageSize = 500;
const mostPages = 10;

const stateNumbers = {
  succeeded: GitStatusState.Succeeded,
  'partially-succeeded': GitStatusState.PartiallySucceeded,
  failed: GitStatusState.Failed,
  error: GitStatusState.Error,
} as const;

const states: ReadonlyMap<number, CommitStatus['state']> = new Map([
  [GitStatusState.Succeeded, 'succeeded'],
  [GitStatusState.PartiallySucceeded, 'partially-succeeded'],
  [GitStatusState.Failed, 'failed'],
  [GitStatusState.Error, 'error'],
]);

const gitStatus = z.looseObject({
  id: z.number().nullish(),
  creationDate: z.date().nullish(),
  state: z.number(),
  description: z.string().nullish(),
  context: z.looseObject({ name: z.string(), genre: z.string().nullish() }),
});

type GitStatusAnswer = z.output<typeof gitStatus>;

/** Commit statuses of Azure Repos, on the hosted service or a Server. */
export function createAzureRepos(options: AzureReposOptions): CodeHost {
  const caller = createServiceCaller(options);
  const target = targetOf(options);
  const { project, repository } = options.repository;

  return {
    async readStatuses(commit, signal) {
      const operation = 'read-statuses';
      const { value } = await caller.call({ target, operation, signal }, (session) =>
        readPages(operation, async (skip) => {
          const api = await session.client.gitApi(session.signal);
          return api.getStatuses(commit, repository, project, pageSize, skip, true);
        }),
      );
      return newestOfEach(value);
    },
    async postStatus(commit, status, signal) {
      const operation = 'post-status';
      await caller.call({ target, operation, signal }, (session) =>
        post(session, { commit, repository, project, body: toGitStatus(status) }),
      );
    },
  };
}

async function post(
  session: ServiceSession,
  place: { readonly commit: string; readonly repository: string; readonly project: string; readonly body: GitStatus },
): Promise<void> {
  const api = await session.client.gitApi(session.signal);
  await api.createCommitStatus(place.body, place.commit, place.repository, place.project);
}

async function readPages(
  operation: string,
  readPage: (skip: number) => Promise<unknown>,
): Promise<readonly GitStatusAnswer[]> {
  const statuses: GitStatusAnswer[] = [];
  for (let page = 0; page < mostPages; page += 1) {
    const found = readList(operation, await readPage(statuses.length), gitStatus);
    statuses.push(...found);
    if (found.length < pageSize) break;
  }
  return statuses;
}

/** Looked for here too, since neither the order nor the grouping is promised. States that Poolkeeper never posts are left out. */
function newestOfEach(statuses: readonly GitStatusAnswer[]): CommitStatus[] {
  const newest = new Map<string, GitStatusAnswer>();
  for (const status of statuses) {
    const key = JSON.stringify([status.context.genre ?? '', status.context.name]);
    const other = newest.get(key);
    if (other === undefined || isNewer(status, other)) newest.set(key, status);
  }
  return [...newest.values()].flatMap((status) => {
    const state = states.get(status.state);
    const { name, genre } = status.context;
    return state === undefined ? [] : [{ genre: genre ?? '', name, state, description: status.description ?? '' }];
  });
}

/** By id; published examples have answers without one. */
function isNewer(status: GitStatusAnswer, other: GitStatusAnswer): boolean {
  if (typeof status.id === 'number' && typeof other.id === 'number') return status.id > other.id;
  return (status.creationDate?.getTime() ?? 0) > (other.creationDate?.getTime() ?? 0);
}

function toGitStatus(status: CommitStatus): GitStatus {
  const { genre, name, state, description } = status;
  return { state: stateNumbers[state], description, context: { genre, name } };
}

function targetOf(options: AzureReposOptions): ServiceTarget {
  const { collectionUrl, project, repository } = options.repository;
  return {
    url: collectionUrl,
    organization: organizationOf(collectionUrl),
    credentialName: options.credentialName,
    neededAccess: `it needs the scope Code (status) and may contribute to repository "${repository}" of project "${project}"`,
    readToken: (signal) => options.readToken(signal),
    dropToken: () => undefined,
  };
}
