/** How the text of a setting becomes its value. */
export interface SettingKind<T> {
  /** For help texts, for example `<seconds>`. */
  readonly placeholder: string;
  parse(
    given: string,
  ): { readonly kind: 'value'; readonly value: T } | { readonly kind: 'problem'; readonly problem: string };
}

function value<T>(parsed: T): { readonly kind: 'value'; readonly value: T } {
  return { kind: 'value', value: parsed };
}

function problem(message: string): { readonly kind: 'problem'; readonly problem: string } {
  return { kind: 'problem', problem: message };
}

export const text: SettingKind<string> = { placeholder: '<text>', parse: value };
export const path: SettingKind<string> = { placeholder: '<path>', parse: value };

/** URLs with a scheme, joined by commas; `*` may stand for a part of the host. */
export const urlList: SettingKind<readonly string[]> = {
  placeholder: '<url,url,…>',
  parse(given) {
    const urls = given
      .split(',')
      .map((entry) => entry.trim())
      .filter((entry) => entry !== '');
    const wrong = urls.find((url) => !/^https?:\/\/[^/\s]+/.test(url));
    return wrong === undefined ? value(urls) : problem(`"${wrong}" must begin with https:// or http://`);
  },
};

export const kubernetesName: SettingKind<string> = {
  placeholder: '<name>',
  parse: (given) =>
    /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(given)
      ? value(given)
      : problem('must be lower-case letters, digits and "-", at most 63'),
};

export const boolean: SettingKind<boolean> = {
  placeholder: '<true|false>',
  parse(given) {
    const lower = given.toLowerCase();
    if (lower === 'true' || lower === '1') return value(true);
    return lower === 'false' || lower === '0' ? value(false) : problem('must be true, false, 1 or 0');
  },
};

export function integer(minimum: number): SettingKind<number> {
  return {
    placeholder: '<number>',
    parse(given) {
      const number = /^\d{1,9}$/.test(given) ? Number(given) : Number.NaN;
      return number >= minimum ? value(number) : problem(`must be a whole number of at least ${minimum}`);
    },
  };
}

export function choice<const T extends string>(...options: readonly T[]): SettingKind<T> {
  return {
    placeholder: `<${options.join('|')}>`,
    parse(given) {
      const found = options.find((option) => option === given.toLowerCase());
      return found === undefined ? problem(`must be one of ${options.join(', ')}`) : value(found);
    },
  };
}

export interface HttpAddress {
  readonly host: string;
  readonly port: number;
}

/** `:8080`, `127.0.0.1:8080` or `[::1]:8080`; without a host, every address of the machine. */
export const httpAddress: SettingKind<HttpAddress> = {
  placeholder: '<host:port>',
  parse(given) {
    const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(given) ?? [];
    if (port === undefined || Number(port) > 65_535) return problem('must be host:port or :port');
    return value({ host: bracketed ?? (plain === '' || plain === undefined ? '0.0.0.0' : plain), port: Number(port) });
  },
};
