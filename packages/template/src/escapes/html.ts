const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** For text and for attribute values in quotes (HTML Standard §13.1.4); not inside script or style. */
export function html(value: string): string {
  return value.replaceAll(/[&<>"']/g, (char) => entities[char] ?? char)
}
