declare const INITBOX_VERSION: string | undefined // set by the bundler

/** The version of this build, `dev` outside a bundle. */
export const version = typeof INITBOX_VERSION === 'string' ? INITBOX_VERSION : 'dev'

/** What a tool calls itself to servers (RFC 9110 §10.1.5): `initbox-fetch-file/0.1.0`. */
export function userAgent(tool: string): string {
  return `initbox-${tool}/${version}`
}
