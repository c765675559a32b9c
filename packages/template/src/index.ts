export { type EscapeName, escapeFor, escapeNames, escapes } from './escapes/index.ts'
export { isReferenceId, parseTemplate, referencesIn } from './parse.ts'
export { renderTemplate, type RenderSettings } from './render.ts'
