/** Hosts whose subdomains are meant too. */
const withSubdomains = ["chatgpt.com", "chatgpt-staging.com"];

/** Hosts that are meant alone. */
const alone = new Set(["chat.openai.com", ...withSubdomains]);

const names = new Set([
  "__cf_bm",
  "__cflb",
  "__cfruid",
  "__cfseq",
  "__cfwaitingroom",
  "__oailb",
  "_cfuvid",
  "cf_clearance",
  "cf_ob_info",
  "cf_use_ob",
]);

const namePrefix = "cf_chl_";

/** Whether a host, in lower case and without a port, is one of ChatGPT's. A trailing dot makes it another host. */
export function isAllowedHost(host: string): boolean {
  return alone.has(host) || withSubdomains.some((parent) => host.endsWith(`.${parent}`));
}

/** Whether a cookie is part of Cloudflare's infrastructure, by its exact name. No login cookie is. */
export function isAllowedName(name: string): boolean {
  return names.has(name) || name.startsWith(namePrefix);
}
