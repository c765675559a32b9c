import type { Component } from '../inputs/component.ts'
import { affectedOf } from '../osv/affects.ts'
import type { OsvRecord } from '../osv/record.ts'
import { scoreOf } from './cvss.ts'

/** From the least to the worst, as CVSS names them (first.org/cvss, "Qualitative Severity Rating Scale"). */
export const severities = ['low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number] | 'unrated'

/** Words of the data bases: GitHub says moderate, Debian unimportant, Ubuntu negligible. */
const words: Readonly<Record<string, Severity>> = {
  unimportant: 'low',
  negligible: 'low',
  low: 'low',
  medium: 'medium',
  moderate: 'medium',
  important: 'high',
  high: 'high',
  critical: 'critical',
}

/**
 * How bad it is for this component: by the newest CVSS vector that can be read, else by the data base's own word. A
 * package that is malicious as such (ids `MAL-…`) is critical without either.
 */
export function severityOf(record: OsvRecord, component: Component): Severity {
  if (record.id.startsWith('MAL-')) return 'critical'
  const own = affectedOf(record, component)
  const score = scoreOf(own.flatMap(({ vectors }) => vectors)) ?? scoreOf(record.vectors)
  if (score !== undefined) return rating(score)
  return words[own.find(({ word }) => word !== '')?.word ?? record.word] ?? words[record.word] ?? 'unrated'
}

function rating(score: number): Severity {
  if (score >= 9) return 'critical'
  if (score >= 7) return 'high'
  return score >= 4 ? 'medium' : 'low'
}

/** Whether `severity` is as bad as asked for. */
export function reaches(severity: Severity, least: Severity): boolean {
  return rank(severity) >= rank(least)
}

/** The worse of two; one that is rated says more than one that is not. */
export function worse(a: Severity, b: Severity): Severity {
  return rank(a) >= rank(b) ? a : b
}

function rank(severity: Severity): number {
  return severity === 'unrated' ? -1 : severities.indexOf(severity)
}
