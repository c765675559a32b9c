import { runToolWith, type ToolRun } from '@initbox/testing'
import { onTestFinished } from 'vitest'
import { tool } from '../tool.ts'
import { flush, pktLine } from '../wire/pkt-line.ts'
import { type Answers, packAnswer, serveGit } from './git-server.ts'
import { type GitObject, idOf, pack, whole } from './objects.ts'

/** Serves a commit with a pack until the end of the test; the pack is made of the objects unless it is given. */
export async function served(
  objects: readonly GitObject[],
  bytes = pack(objects.map((each) => whole(each))),
  more: Partial<Answers> = {},
): Promise<string> {
  const head = objects.find(({ type }) => type === 'commit') ?? objects[0]
  const id = head === undefined ? '0'.repeat(40) : idOf(head)
  const refs = pktLine(`${id} HEAD symref-target:refs/heads/main`) + pktLine(`${id} refs/heads/main`) + flush
  const { url, close } = await serveGit({ refs, fetch: packAnswer(bytes), ...more })
  onTestFinished(close)
  return url
}

/** Clones what `served` serves, into `repo` of the working directory. */
export async function cloneOf(
  objects: readonly GitObject[],
  { bytes, flags = [] }: { readonly bytes?: Buffer; readonly flags?: readonly string[] } = {},
): Promise<ToolRun> {
  const url = await served(objects, bytes)
  return runToolWith(tool, [url, '--out', 'repo', '--timeout', '2s', ...flags])
}
