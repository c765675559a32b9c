/** What a secret needs to be allowed. */
export type Need =
  | { readonly kind: 'vault'; readonly path: string; readonly capability: 'read' | 'update' }
  | { readonly kind: 'iam'; readonly action: string; readonly resource: string }

/** The policies of Vault (HCL) and IAM (JSON) that allow just that; the keys of KMS are the reader's to name. */
export function policies(needs: readonly Need[]): string {
  const vault = needs.filter((need) => need.kind === 'vault')
  const iam = needs.filter((need) => need.kind === 'iam')
  return [
    vault.length > 0 ? `\nVault policy:\n\n${hcl(vault)}` : '',
    iam.length > 0 ? `\nIAM policy:\n\n${json(iam)}` : '',
  ].join('')
}

function hcl(needs: readonly Extract<Need, { kind: 'vault' }>[]): string {
  const leases = needs.some(({ path, capability }) => capability === 'read' && !/^[^/]+\/data\//.test(path))
  const accessor = 'path "auth/token/revoke-accessor" { capabilities = ["update"] } # ends what a killed run leased\n'
  const lines = needs.map(
    ({ path, capability }) => `path ${JSON.stringify(path)} { capabilities = ["${capability}"] }\n`,
  )
  return [...new Set(lines)].toSorted().join('') + (leases ? accessor : '')
}

function json(needs: readonly Extract<Need, { kind: 'iam' }>[]): string {
  const statements = [...Map.groupBy(needs, ({ action }) => action)].map(([action, group]) => ({
    Effect: 'Allow',
    Action: action,
    Resource: [...new Set(group.map(({ resource }) => resource))].toSorted(),
  }))
  return `${JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2)}\n`
}
