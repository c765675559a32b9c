export { type EscapeName, escapeFor, escapeNames, escapes } from './escapes/index.ts'
export { isReferenceId } from './parse.ts'
export { renderTemplate, type RenderSettings } from './render.ts'
