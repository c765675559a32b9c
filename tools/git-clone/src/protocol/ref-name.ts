const forbidden = /[\p{Cc} ~^:?*[\\]|\.\.|@\{|\/\/|^\/|[./]$|(^|\/)\.|\.lock(\/|$)/u

/** Whether git takes this for the name of a ref (git-check-ref-format), and with it whether it is a path that stays in `.git`. */
export function isRefName(name: string): boolean {
  return name !== '' && name !== '@' && !forbidden.test(name)
}
