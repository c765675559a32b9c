import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withLock } from '@initbox/engine/lock'
import { makeCertificate } from '@initbox/testing/certificate'
import type { Place } from './place.ts'
import type { ClusterClient } from './one-node/cluster-client.ts'
import { Namespace } from './one-node/namespace.ts'

const examples = join(import.meta.dirname, '../../examples')

/** A manifest of the folder servers. */
export const serverManifest = (name: string): string => {
  const text = readFileSync(join(import.meta.dirname, 'servers', `${name}.yaml`), 'utf8')
  return name === 'files' ? `${text}---\n${dataset()}` : text
}

/** Servers that examples name as `<name>.servers`, and what has to be done there first. */
export const namedServers = { git: putRepository, moto: putAws, files: async () => {} } as const

/**
 * What the examples need that is no part of them: git, AWS, Vault, a web server with a dataset, a database, in the namespaces `servers` and
 * `vault`. Whoever comes second waits, and finds them.
 */
export const startServers = (cluster: ClusterClient): Promise<void> =>
  withLock('cluster-servers', async () => {
    const there = await cluster.api.ask('GET', '/api/v1/namespaces/vault')
    if (there.status === 200) return
    for (const name of ['servers', 'vault']) {
      await cluster.api.create([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }])
    }
    const servers = new Namespace(cluster, 'servers')
    const vault = new Namespace(cluster, 'vault')
    await servers.until('its service account', async () => (await servers.kubectl('get', 'serviceaccounts')) !== '')
    const database = readFileSync(join(examples, 'database-schema/database.yaml'), 'utf8')
    await servers.apply(...Object.keys(namedServers).map(serverManifest), database)
    await putCertificate(vault)
    await vault.apply(serverManifest('vault'))
    const all = [...Object.keys(namedServers), 'db']
    await Promise.all([...all.map((pod) => servers.untilReady(pod)), vault.untilReady('vault')])
    for (const prepare of Object.values(namedServers)) await prepare(servers)
    await putVault(vault)
  })

async function putCertificate(vault: Namespace): Promise<void> {
  const { cert, key, remove } = makeCertificate({ name: 'vault.vault.svc' })
  remove()
  const listener = `listener "tcp" {
  address = "0.0.0.0:8200"
  tls_cert_file = "/tls/tls.crt"
  tls_key_file = "/tls/tls.key"
}`
  const words = Object.entries({ 'tls.crt': cert, 'tls.key': key, 'tls.hcl': listener })
  await vault.kubectl(
    'create',
    'secret',
    'generic',
    'tls',
    ...words.map(([name, text]) => `--from-literal=${name}=${text}`),
  )
}

/** The ConfigMap of files.yaml: an archive, and a list beside it. */
function dataset(): string {
  const folder = mkdtempSync(join(tmpdir(), 'initbox-dataset-'))
  try {
    mkdirSync(join(folder, 'in'))
    writeFileSync(join(folder, 'in/README.txt'), 'ten images of cats\n')
    const zip = '(cd in && zip -qr ../dataset.zip .) && sha256sum dataset.zip >SHA256SUMS'
    execFileSync('sh', ['-ec', zip], { cwd: folder })
    const files = ['dataset.zip', 'SHA256SUMS'].map((name) => [
      name,
      readFileSync(join(folder, name)).toString('base64'),
    ])
    const metadata = { name: 'files' }
    return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata, binaryData: Object.fromEntries(files) })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** `private/site` and, for anybody, `site`: one commit with public/index.html. */
async function putRepository(servers: Place): Promise<void> {
  const script = `set -e
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@example.test GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@example.test
export GIT_AUTHOR_DATE=2026-01-01T00:00:00Z GIT_COMMITTER_DATE=2026-01-01T00:00:00Z
git init --quiet --initial-branch=main /tmp/site && cd /tmp/site
mkdir public && echo '<p>from git</p>' >public/index.html && git add . && git commit --quiet -m one
for name in private/site site; do
  git init --quiet --bare --initial-branch=main /srv/git/$name.git && git push --quiet /srv/git/$name.git main
done
chown -R git:git /srv/git`
  await servers.exec('git', 'sh', '-c', script)
}

/** One commit more, with this page. */
export async function commitPage(cluster: ClusterClient, text: string): Promise<void> {
  const script = `set -e; cd /tmp/site; echo '${text}' >public/index.html
git -c user.name=A -c user.email=a@example.test commit --quiet --allow-empty -am more
git config --global safe.directory '*'; git push --quiet /srv/git/private/site.git main; chown -R git:git /srv/git`
  await new Namespace(cluster, 'servers').exec('git', 'sh', '-c', script)
}

/** What examples/aws-secret and dataset/s3-model.yaml ask for. */
async function putAws(servers: Place): Promise<void> {
  const script = `
import json, urllib.request
def call(headers, body=None, path="/", method="POST"):
    authorization = "AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/%s/aws4_request, SignedHeaders=host, Signature=0"
    service = headers.pop("service")
    request = urllib.request.Request("http://127.0.0.1:5000" + path, data=body, method=method,
        headers={"Authorization": authorization % service, "Content-Type": "application/x-amz-json-1.1", **headers})
    urllib.request.urlopen(request).read()
def put(name, value):
    call({"service": "ssm", "X-Amz-Target": "AmazonSSM.PutParameter"},
        json.dumps({"Name": name, "Value": value, "Type": "String"}).encode())
call({"service": "secretsmanager", "X-Amz-Target": "secretsmanager.CreateSecret"},
    json.dumps({"Name": "prod/shop/db", "SecretString": json.dumps({"password": "from-aws", "user": "shop"})}).encode())
put("/prod/shop/theme", "light")
put("/prod/shop/region", "eu")
place = b"<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>"
call({"service": "s3"}, place, "/models", "PUT")
for name in ("config.json", "weights/1.bin", "notes.md"):
    call({"service": "s3"}, name.encode(), "/models/llama/" + name, "PUT")
`
  await servers.exec('moto', 'python3', '-c', script)
}

/** The commands of examples/vault-secret/README.md as they stand, and the engines that they take as given. */
async function putVault(vault: Namespace): Promise<void> {
  const bao = (script: string): Promise<string> => vault.exec('vault', 'sh', '-ec', script)
  await bao(`
bao kv put -mount=secret web password=from-vault user=web
bao secrets enable pki
bao secrets tune -max-lease-ttl=800h pki
bao write -field=certificate pki/root/generate/internal common_name=ca ttl=780h
bao write pki/roles/web allowed_domains=default.svc allow_subdomains=true max_ttl=730h
bao secrets enable database
bao write database/config/db plugin_name=postgresql-database-plugin allowed_roles=web username=app password=change-me \\
  connection_url='postgresql://{{username}}:{{password}}@db.servers:5432/app?sslmode=disable'
bao write database/roles/web db_name=db default_ttl=1h creation_statements="CREATE ROLE \\"{{name}}\\" LOGIN PASSWORD '{{password}}'"`)
  const readme = readFileSync(join(examples, 'vault-secret/README.md'), 'utf8')
  const [, block = ''] = /^```sh\n([^]*?)^```$/m.exec(readme) ?? []
  const commands = block.replace(/^kubectl .*\n/m, '')
  // "the sidecar's policy also `database/creds/web`, read"
  await bao(commands.replace("EOF'\n", `EOF'\npath "database/creds/web" { capabilities = ["read"] }\n`))
}

/** The CA of the Vault's certificate, as the ConfigMap that README.md has made. */
export async function vaultCa(cluster: ClusterClient, into: Namespace): Promise<void> {
  const ca = await new Namespace(cluster, 'vault').exec('vault', 'cat', '/tls/tls.crt')
  await into.kubectl('create', 'configmap', 'vault-ca', `--from-literal=ca.crt=${ca}`)
}
