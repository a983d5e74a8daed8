import { createDirectorySource } from './adapters/config-directory/directory-source.ts';
import type { GitCredentials } from './adapters/git/git-credentials.ts';
import { createGitSource } from './adapters/git/git-source.ts';
import { createScratchDirectory } from './adapters/system/scratch-directory.ts';
import type { ConfigSource } from './ports/config-source.ts';
import type { Logger } from './ports/logger.ts';
import { type Settings, SettingsError } from './settings.ts';

export interface OpenedConfigSource {
  readonly source: ConfigSource;
  /** Calls back when something may have changed; only where something can tell. */
  readonly onHint?: (listener: () => void) => void;
  close(): Promise<void>;
}

/** The directory if one is given, else a clone of the repository. Throws `SettingsError` on a URL or ref that cannot work. */
export function openConfigSource(
  settings: Settings,
  surroundings: { readonly environment: Readonly<Record<string, string | undefined>>; readonly logger: Logger },
): OpenedConfigSource {
  if (settings.configDir !== undefined)
    return openDirectory(settings.configDir, settings.configRepoPath, surroundings.logger);
  const { configRepoUrl: url } = settings;
  if (url === undefined) throw new SettingsError(['CONFIG_REPO_URL: set it to the URL of the config repository']);
  const scratch = createScratchDirectory();
  const source = createGitSource({
    url,
    ref: settings.configRepoRef,
    path: settings.configRepoPath,
    storeDirectory: scratch.path,
    timeoutMs: settings.configGitTimeoutSeconds * 1000,
    credentials: credentialsOf(settings),
    ...surroundings,
  });
  return { source, close: async () => scratch.remove() };
}

function credentialsOf(settings: Settings): GitCredentials {
  const { configRepoUsername, configRepoTokenFile, configRepoSshKeyFile } = settings;
  const { configRepoKnownHostsFile, configRepoCaFile } = settings;
  return {
    ...(configRepoUsername !== undefined && { username: configRepoUsername }),
    ...(configRepoTokenFile !== undefined && { tokenFile: configRepoTokenFile }),
    ...(configRepoSshKeyFile !== undefined && { sshKeyFile: configRepoSshKeyFile }),
    ...(configRepoKnownHostsFile !== undefined && { knownHostsFile: configRepoKnownHostsFile }),
    ...(configRepoCaFile !== undefined && { caFile: configRepoCaFile }),
  };
}

function openDirectory(directory: string, path: string, logger: Logger): OpenedConfigSource {
  const source = createDirectorySource({ directory, path, logger });
  return { source, onHint: (listener) => void source.onHint(listener), close: () => source.close() };
}
