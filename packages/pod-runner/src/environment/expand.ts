/**
 * Replaces `$(NAME)` as the kubelet does in `env[].value`, `command`, `args` and `subPathExpr`: `$$` is a dollar sign,
 * and a reference to an unknown name stays as it is written (k8s.io/kubernetes/third_party/forked/golang/expansion).
 */
export function expandReferences(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([^)]*)\)/g, (reference, name?: string) =>
    name === undefined ? '$' : (variables.get(name) ?? reference),
  )
}
