/** The first 32 bits of the fractional parts of a root of the first primes, as FIPS 180-4 defines its constants. */
function fractions(count: number, root: (prime: number) => number): Int32Array {
  const words = new Int32Array(count)
  for (let prime = 2, found = 0; found < count; prime++) {
    if (isPrime(prime)) words[found++] = (root(prime) % 1) * 2 ** 32
  }
  return words
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}

export const startValues = fractions(8, Math.sqrt)
export const roundConstants = fractions(64, Math.cbrt)
