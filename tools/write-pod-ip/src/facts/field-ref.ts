/** The hint that names the YAML to paste for a missing downward-API variable. */
export function fieldRefHint(variable: string, fieldPath: string): string {
  return `add to this container: env: [{name: ${variable}, valueFrom: {fieldRef: {fieldPath: ${fieldPath}}}}]`
}
