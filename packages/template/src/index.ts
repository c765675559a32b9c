export { isReferenceId } from './parse.ts'
export { renderTemplate, type RenderSettings } from './render.ts'
