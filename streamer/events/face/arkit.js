/**
 * ARKit's blend shapes become the parameters of the drawn mouth.
 *
 * Pure: numbers in, numbers out. The drawing has lips, teeth and chin of its own
 * size, so amounts are fitted by eye to the poses of the 15 shapes in mouth.js.
 */

const JAW = 0.53; // jawOpen of a lively [ɑ], which the drawing shows as a whole drop
const JAW_MOST = 1.2;
const clamp = (x, low = 0, high = 1) => Math.min(Math.max(x, low), high);

/**
 * Parameters for mouth.js of ARKit's weights.
 *
 * `at(name)` gives a weight. `tongue` is what ARKit has no channel for: `tip`, `blade`
 * and `back` as in mouth.js, each may be missing.
 */
export function fromArkit(at, tongue = {}) {
  const both = (name) => (at(`${name}Left`) + at(`${name}Right`)) / 2;
  const press = clamp(both("mouthPress") / 0.5);
  const tuck = clamp((at("mouthRollLower") - 0.3 * press) / 0.75);
  const pucker = at("mouthPucker");
  const funnel = at("mouthFunnel");
  const spread = both("mouthSmile") + both("mouthStretch") + both("mouthDimple");
  const jaw = clamp(at("jawOpen") / JAW, 0, JAW_MOST);
  const narrow = clamp(pucker + 0.25 * funnel);
  const round = narrow * (1 - 0.3 * jaw);
  // Lips that part while the teeth do not show them; with the jaw down they hang with it.
  const bare = 5 * (1 - clamp(0.8 * jaw)) + 0.9 * jaw;
  const tight = clamp(narrow * 1.25 - 0.55); // kissing lips hide the teeth
  const seen = bare * (1 - tight) * (1 - tuck);
  const lift = both("mouthUpperUp") * seen + 0.12 * spread + 0.6 * tuck - 0.8 * tight;
  const drop = both("mouthLowerDown") * seen + 0.12 * spread;
  const moved = jaw + press + tuck + narrow + spread + both("mouthLowerDown");
  const out = clamp(at("tongueOut") / 0.4);
  return {
    jaw,
    shut: clamp(at("mouthClose") / JAW, 0, jaw),
    width: clamp(1.15 * spread - 1.15 * round - 0.1 * press, -1, 1),
    pucker: clamp(1.2 * round),
    lift: clamp(lift, -0.65, 1),
    drop: clamp(drop),
    press,
    tuck,
    square: clamp(2 * narrow * (1 - narrow) * (1 - clamp(3 * jaw)) * 2),
    tip: Math.max(tongue.tip ?? 0, 0.5 * out),
    blade: tongue.blade ?? 0.5 + 0.3 * jaw,
    out,
    back: tongue.back ?? 0,
    smile: clamp(clamp(1 - 5 * moved) + 1.4 * both("mouthSmile")),
  };
}

/** For weights in the order of `names`: a function that gives one by its name, 0 if not there. */
export function reader(names) {
  const index = new Map(names.map((name, i) => [name, i]));
  return (weights) => (name) => weights[index.get(name)] ?? 0;
}

/** Parameters of a mouth that is told as named weights and the tongue's height (0…1). */
export function fromPose({ mouth, tongue }) {
  const jaw = (mouth.jawOpen ?? 0) / JAW;
  return fromArkit((name) => mouth[name] ?? 0, { tip: clamp(1.3 * tongue), blade: clamp(0.5 + 0.4 * jaw) });
}
