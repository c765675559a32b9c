import { jsonSchema } from '@initbox/config'
import { type Ship, standIn, type WarmUp } from '@initbox/build'
import { gitServer, packAnswer } from './src/testing/git-server.ts'
import { blob, commit, idOf, pack, refDelta, tree, whole } from './src/testing/objects.ts'
import { sshFingerprint, sshKey, sshServer } from './src/testing/ssh-server.ts'
import { flush, pktLine } from './src/wire/pkt-line.ts'

/** A repository that has one of everything. */
const page = blob('<html>one</html>\n')
const next = blob('<html>one</html>\nand more\n')
const root = tree(
  ['100644', 'index.html', page],
  ['120000', 'latest', blob('sub')],
  ['40000', 'sub', tree(['100755', 'run.sh', next])],
)
const head = commit(root)
const objects = [head, root, tree(['100755', 'run.sh', next]), blob('sub'), page].map((each) => whole(each))

const answers = {
  refs: pktLine(`${idOf(head)} HEAD symref-target:refs/heads/main`) + flush,
  fetch: packAnswer(pack([...objects, refDelta(page, next)])),
}
const clone: Pick<WarmUp, 'argv' | 'server'> = {
  argv: ['http://127.0.0.1:{port}/site.git'],
  server: () => standIn(gitServer(answers)),
}

export const ship: Ship = {
  summary: {
    en: 'writes one commit of a git repository into the volume',
    zh: '把 git 仓库的一个提交写入卷中',
  },
  packages: ['js-yaml', 'isomorphic-git', 'async-lock', 'ssh2', 'asn1', 'bcrypt-pbkdf', 'safer-buffer', 'tweetnacl'],
  // What isomorphic-git asks for at load is for what we leave to our own engine.
  unused: ['cpu-features', 'crc-32', 'diff3', 'ignore', 'pako', 'pify', 'sha.js/sha1.js'],
  aliases: {
    ssh2: 'tools/git-clone/src/ssh/ssh2.part.mjs',
    'isomorphic-git': 'tools/git-clone/src/repository/isomorphic-git.part.mjs',
    'isomorphic-git/index.js': 'tools/git-clone/node_modules/isomorphic-git/index.js',
    'clean-git-ref': 'tools/git-clone/src/repository/clean-git-ref.cjs',
  },
  configSchema: async () => jsonSchema((await import('./src/clone/requests.ts')).configShape, 'git-clone --config'),
  layerBudget: 700_000,
  warmUps: [
    { label: 'clone', ...clone },
    { label: 'again', ...clone, rerun: true, goal: 2 },
    { label: 'a repository', ...clone, argv: [...clone.argv, '--keep-git'] },
    {
      label: 'ssh',
      argv: ['ssh://git@127.0.0.1:{port}/site.git', '--host-fingerprint', sshFingerprint],
      env: { GIT_CLONE_SSH_KEY: sshKey },
      server: () => standIn(sshServer(answers)),
    },
  ],
}
