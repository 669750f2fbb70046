import { isLegalHeaderValue } from "@switchboard/protocol";

/**
 * The text itself if it is legal; else the text with every character outside 0x20–0x7e replaced by an
 * underscore, the legal non-ASCII ones too, as the reference does.
 */
export function sanitizeHeaderValue(value: string): string {
  return isLegalHeaderValue(value) ? value : value.replaceAll(/[^\u0020-\u007e]/gu, "_");
}
