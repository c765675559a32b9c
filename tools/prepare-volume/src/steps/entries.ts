import { readlinkSync } from 'node:fs'
import { formatOutputPath, publishFiles } from '@initbox/core'
import { publishFolder, publishSymlink } from '@initbox/core/volume'
import { lookAt } from '../look.ts'
import type { Plan } from '../plan.ts'
import type { Step } from './step.ts'

export function folderSteps(folders: Plan['folders']): Step[] {
  return folders.map(({ path, mode }) => {
    const name = `folder ${formatOutputPath(path)}`
    return {
      pending: async () => {
        const entry = lookAt(formatOutputPath(path))
        if (entry === undefined) return [`make ${name}`]
        const differs = mode !== undefined && (entry.mode & 0o777) !== mode
        return differs ? [`give ${name} the mode ${octal(mode)}`] : []
      },
      apply: async () => (publishFolder(path, mode) === 'written' ? `made ${name}` : undefined),
    }
  })
}

export function linkSteps(links: Plan['links']): Step[] {
  return links.map(({ path, target }) => {
    const name = `link ${formatOutputPath(path)}`
    return {
      pending: async () => {
        const entry = lookAt(formatOutputPath(path))
        const isThere = entry?.isSymbolicLink() === true && readlinkSync(formatOutputPath(path)) === target
        return isThere ? [] : [`${name} -> ${target}`]
      },
      apply: async () => (publishSymlink(path, target) === 'written' ? `made ${name}` : undefined),
    }
  })
}

/** What is there already keeps its content. */
export function fileSteps(files: Plan['files']): Step[] {
  return files.map(({ path, mode = 0o644 }) => {
    const name = formatOutputPath(path)
    return {
      pending: async () => (lookAt(formatOutputPath(path)) === undefined ? [`make file ${name}`] : []),
      apply: async () => {
        if (lookAt(formatOutputPath(path)) !== undefined) return undefined
        await publishFiles([{ to: path, content: '', mode }])
        return `made file ${name}`
      },
    }
  })
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}
