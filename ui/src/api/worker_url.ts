// Addresses of our own workers, in the form that the page's policy demands.

interface TrustedTypesFactory {
  createPolicy(
    name: string,
    rules: {createScriptURL(url: string): string},
  ): {createScriptURL(url: string): string};
}

/** The policy demands Trusted Types: only scripts of our own origin may become workers. */
export function trustedScriptUrl(path: string): string {
  const url = new URL(path, import.meta.url).href;
  const allow = (text: string): string => {
    if (new URL(text).origin !== location.origin) throw new TypeError(`not our script: ${text}`);
    return text;
  };
  const types = (globalThis as {trustedTypes?: TrustedTypesFactory}).trustedTypes;
  return types === undefined
    ? allow(url)
    : types.createPolicy('fanlight-worker', {createScriptURL: allow}).createScriptURL(url);
}
