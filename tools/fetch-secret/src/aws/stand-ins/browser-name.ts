/** In the place of `bowser`, which tells browsers apart. */
export const parse = (): object => ({})
