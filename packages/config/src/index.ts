export { readConfig } from './read-config.ts'
export { jsonSchema, type Shape, shape, type ValueOf } from './shape.ts'
