import type { X509Certificate } from 'node:crypto'

/** `subject CN=db, issuer CN=ca, valid 2026-01-02 to 2027-01-02`. */
export function formatCertificate({ subject, issuer, validFromDate, validToDate }: X509Certificate): string {
  // Node has no text at all for an empty name.
  const oneLine = (name: string | undefined): string => (name ?? '').split('\n').join(', ') || 'empty'
  const day = (date: Date): string => date.toISOString().slice(0, 10)
  return `subject ${oneLine(subject)}; issuer ${oneLine(issuer)}; valid ${day(validFromDate)} to ${day(validToDate)}`
}
