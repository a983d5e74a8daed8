import { type AzureReposRepository, parseAzureReposUrl } from './adapters/code-hosts/azure-repos/azure-repos-url.ts';
import { type Settings, SettingsError } from './settings.ts';

/** Where commit statuses go, or why there are none. */
export type CodeHostChoice =
  | { readonly kind: 'azure-repos'; readonly repository: AzureReposRepository; readonly tokenFile: string }
  | { readonly kind: 'none'; readonly because: string };

/** Reads the host out of the settings. Throws `SettingsError` where a host was asked for that cannot be found. */
export function chooseCodeHost(settings: Settings): CodeHostChoice {
  if (settings.codeHost === 'none') return { kind: 'none', because: 'CODE_HOST is none' };
  const url = settings.configRepoUrl;
  if (url === undefined) return withoutHost(settings, 'CONFIG_REPO_URL is not set');
  const repository = repositoryOf(url, settings.codeHostUrl);
  if (repository === undefined) return withoutHost(settings, 'the repository URL is not one of Azure Repos');
  const tokenFile = settings.codeHostTokenFile ?? settings.configRepoTokenFile;
  if (tokenFile === undefined)
    return withoutHost(settings, 'neither CODE_HOST_TOKEN_FILE nor CONFIG_REPO_TOKEN_FILE is set');
  return { kind: 'azure-repos', repository, tokenFile };
}

function repositoryOf(url: string, hostUrl: string | undefined): AzureReposRepository | undefined {
  const parsed = parseAzureReposUrl(url);
  if (parsed === undefined || hostUrl === undefined) return parsed;
  return { ...parsed, collectionUrl: hostUrl.replace(/\/+$/, '') };
}

/** Silence is right when nobody asked for a host, and a mistake when somebody did. */
function withoutHost({ codeHost }: Settings, because: string): CodeHostChoice {
  if (codeHost === 'azure-repos')
    throw new SettingsError([`CODE_HOST: azure-repos cannot be used, because ${because}`]);
  return { kind: 'none', because };
}
