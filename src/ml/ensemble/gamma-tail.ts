/**
 * ln Q(shape, x), the regularised upper incomplete gamma function, also far
 * in the tail where Q itself is 0 in doubles: the series below shape + 1, the
 * continued fraction above (Lentz's method; Press et al., Numerical Recipes,
 * §6.2). `shape` > 0, x ≥ 0.
 */
export function logGammaTail(shape: number, x: number): number {
  if (x <= 0) return 0;
  const front = shape * Math.log(x) - x - logGamma(shape);
  if (x < shape + 1) return Math.log1p(-Math.min(1 - 2 ** -53, Math.exp(front) * series(shape, x)));
  return front + Math.log(fraction(shape, x));
}

function series(shape: number, x: number): number {
  let term = 1 / shape;
  let sum = term;
  for (let step = 1; step < 500 && term > sum * 1e-16; step += 1) {
    term *= x / (shape + step);
    sum += term;
  }
  return sum;
}

function fraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = 1e300;
  let d = 1 / b;
  let value = d;
  for (let step = 1; step < 500; step += 1) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / nonZero(a * d + b);
    c = nonZero(b + a / c);
    const change = d * c;
    value *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return value;
}

function nonZero(value: number): number {
  return Math.abs(value) < 1e-300 ? 1e-300 : value;
}

/** ln Γ(x) for x > 0: Stirling's series above 8, the recurrence below. */
function logGamma(x: number): number {
  let shift = 0;
  let at = x;
  while (at < 8) {
    shift += Math.log(at);
    at += 1;
  }
  const inverse = 1 / (at * at);
  const tail =
    (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) /
    at;
  return (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + tail - shift;
}
