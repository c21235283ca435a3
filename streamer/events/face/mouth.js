/**
 * The drawn mouth: 15 shapes as parameters, and parameters as SVG paths.
 *
 * Pure: numbers in, numbers and path strings out. The mouth's middle is (0, 0) with
 * the teeth closed; the unit is that of the head's drawing (400 wide), y grows down.
 */

/**
 * How each Oculus shape is made, in shares of the whole movement.
 *
 * jaw    0 closed … 1 dropped           width  -1 narrow … 1 spread
 * shut   0 … jaw: how much of the jaw's drop the lips do not follow
 * pucker 0 … 1 lips pushed forward      lift   -1 upper lip over the teeth … 1 raised
 * drop   -1 lower lip raised … 1 lowered  press  0 … 1 lips pressed together
 * tuck   0 … 1 lower lip under the upper teeth
 * square 0 … 1 an opening with straight sides (lips flared)
 * tip    0 … 1 tongue raised to the ridge   blade  0 narrow … 1 broad tongue
 * out    0 … 1 tongue between the teeth     back   0 … 1 back of the tongue raised
 */
export const SHAPES = {
  sil: { smile: 1 },
  PP: { press: 1, width: -0.12, jaw: 0.02 },
  FF: { jaw: 0.08, lift: 0.6, tuck: 1, width: -0.02 },
  TH: { jaw: 0.3, lift: 0.35, drop: 0.1, width: 0.02, out: 1, tip: 0.5, blade: 0.4 },
  DD: { jaw: 0.3, lift: 0.5, drop: 0.45, width: 0.16, tip: 1, blade: 0.25 },
  kk: { jaw: 0.46, lift: 0.05, drop: 0.1, width: -0.04, back: 1, tip: 0.05, blade: 0.6 },
  CH: { jaw: 0.03, lift: 0.95, drop: 1, width: -0.42, pucker: 0.72, square: 1 },
  SS: { jaw: 0.03, lift: 0.72, drop: 0.72, width: 0.46, smile: 0.6 },
  nn: { jaw: 0.42, lift: 0.25, drop: 0.2, width: 0.06, tip: 0.95, blade: 1 },
  RR: { jaw: 0.24, lift: 0.3, drop: 0.25, width: -0.3, pucker: 0.45, tip: 0.6, blade: 0.45, square: 0.5 },
  aa: { jaw: 1, lift: 0.25, drop: 0.25, width: 0.02, blade: 0.8 },
  E: { jaw: 0.56, lift: 0.4, drop: 0.35, width: 0.36, tip: 0.3, blade: 0.9, smile: 0.3 },
  I: { jaw: 0.22, lift: 0.5, drop: 0.5, width: 0.62, tip: 0.35, blade: 1, smile: 1 },
  O: { jaw: 0.66, lift: -0.2, width: -0.5, pucker: 0.65, blade: 0.5 },
  U: { jaw: 0.36, lift: -0.62, width: -0.98, pucker: 1, blade: 0.3 },
};

/** What a drawn mouth is made of. */
export const PARAMETERS = [
  "jaw", "width", "pucker", "lift", "drop", "press", "tuck", "square",
  "tip", "blade", "out", "back", "smile", "shut",
];

const HALF_WIDTH = 47;
const JAW_DROP = 54;
const EDGE_Y = 7; // where the upper teeth end; the lower ones begin there, jaw closed

/** Blend the shapes: `weights[i]` is the share of `names[i]`; unknown ones rest. */
export function mix(weights, names) {
  const mixed = Object.fromEntries(PARAMETERS.map((name) => [name, 0]));
  names.forEach((name, i) => {
    const shape = SHAPES[name] ?? SHAPES.sil;
    for (const key of PARAMETERS) mixed[key] += weights[i] * (shape[key] ?? 0);
  });
  return mixed;
}

const n = (x) => x.toFixed(2);

/** Where the lips are: half width, corners, and the four heights in the middle. */
function lips(p) {
  const jaw = (p.jaw - p.shut) * JAW_DROP;
  const half = HALF_WIDTH * (1 + 0.34 * p.width * (p.width > 0 ? 1 : 1.35));
  const open = 1 - p.press;
  const tucked = EDGE_Y - 1;
  const top = -13 * p.lift * open;
  const bottom = (jaw + 15 * p.drop) * open * (1 - p.tuck) + tucked * p.tuck;
  const flesh = (1 + 0.42 * p.pucker) * (1 - 0.52 * p.press);
  const flat = -4.5 * p.smile + jaw * 0.2 + 1.5 * p.press;
  return {
    half,
    corner: flat + 0.75 * p.pucker * ((top + bottom) / 2 - flat),
    top: Math.min(top, bottom),
    bottom: Math.max(top, bottom),
    upper: 12.5 * flesh * (1 - 0.16 * Math.max(0, p.lift)),
    lower: 16 * flesh * (1 - 0.38 * p.tuck) * (1 - 0.12 * p.jaw),
  };
}

/** One side of the opening, from the left corner to the right (or back). */
function inner(lip, p, y, back) {
  const half = lip.half - 5;
  const stretch = 0.52 + 0.22 * p.square + 0.2 * p.pucker * (1 - p.square);
  const h = lip.corner + (y - lip.corner) / 0.75;
  const side = back ? -1 : 1;
  const x = half * stretch;
  return `C ${n(-side * x)} ${n(h)} ${n(side * x)} ${n(h)} ${n(side * half)} ${n(lip.corner)}`;
}

/** The upper lip's red, with the bow in its middle. */
function upperLip(lip, p) {
  const { half, corner, top, upper } = lip;
  const peak = half * (0.26 - 0.06 * p.pucker);
  const dip = 4.6 * (1 - 0.5 * p.press) * (1 - 0.35 * p.jaw);
  const y = top - upper;
  const rise = corner - 2 + (y - corner) * (0.42 + 0.3 * p.pucker);
  return (
    `M ${n(-half)} ${n(corner)} C ${n(-half * 0.8)} ${n(rise)} ${n(-peak * 2)} ${n(y)} ${n(-peak)} ${n(y)}` +
    ` Q ${n(-peak * 0.4)} ${n(y)} 0 ${n(y + dip)} Q ${n(peak * 0.4)} ${n(y)} ${n(peak)} ${n(y)}` +
    ` C ${n(peak * 2)} ${n(y)} ${n(half * 0.8)} ${n(rise)} ${n(half)} ${n(corner)}` +
    ` L ${n(half - 5)} ${n(corner)} ${inner(lip, p, top, true)} Z`
  );
}

function lowerLip(lip, p) {
  const { half, corner, bottom, lower } = lip;
  const y = bottom + lower;
  const bend = corner + (y - corner) * (0.7 + 0.2 * p.pucker);
  const x = half * (0.46 + 0.06 * p.square);
  return (
    `M ${n(-half)} ${n(corner)} C ${n(-half * 0.88)} ${n(bend)} ${n(-x)} ${n(y)} 0 ${n(y)}` +
    ` C ${n(x)} ${n(y)} ${n(half * 0.88)} ${n(bend)} ${n(half)} ${n(corner)}` +
    ` L ${n(half - 5)} ${n(corner)} ${inner(lip, p, bottom, true)} Z`
  );
}

/** A row of teeth: its biting edge at `edge`, `sign` -1 above it, 1 below. */
function teeth(edge, half, height, sign) {
  const far = edge + sign * height;
  const round = 7 * sign;
  return (
    `M ${n(-half)} ${n(far)} L ${n(-half)} ${n(edge + round)} Q ${n(-half)} ${n(edge)} ${n(-half + 9)} ${n(edge + sign)}` +
    ` Q 0 ${n(edge - sign * 1.5)} ${n(half - 9)} ${n(edge + sign)} Q ${n(half)} ${n(edge)} ${n(half)} ${n(edge + round)}` +
    ` L ${n(half)} ${n(far)} Z`
  );
}

function gaps(edge, height, sign, places) {
  return places
    .map((x) => `M ${x} ${n(edge + sign * 1.5)} L ${n(x * 0.99)} ${n(edge + sign * height)}`)
    .join(" ");
}

function dome(x, top, floor, flat) {
  const mid = x * flat;
  return (
    `M ${n(-x)} ${n(floor)} C ${n(-x)} ${n(top + (floor - top) * 0.3)} ${n(-mid)} ${n(top)} 0 ${n(top)}` +
    ` C ${n(mid)} ${n(top)} ${n(x)} ${n(top + (floor - top) * 0.3)} ${n(x)} ${n(floor)} Z`
  );
}

function tongue(p) {
  const floor = EDGE_Y + p.jaw * JAW_DROP + 26;
  const low = floor - 30 + 6 * (1 - p.jaw);
  const top = low + (EDGE_Y - 1 - low) * p.tip;
  const half = 17 + 19 * p.blade;
  return {
    body: dome(half, top, floor + 10, 0.55 + 0.25 * p.blade),
    crease: `M 0 ${n(top + 4)} L 0 ${n(top + 4 + (floor - top) * 0.5)}`,
    hump: dome(34, floor + (EDGE_Y - 12 - floor) * p.back, floor + 10, 0.75),
  };
}

/** The tongue's tip between the teeth, over the lower lip's edge. */
function tip(lip, p) {
  const x = 19 * Math.min(1, p.out * 1.5);
  const top = EDGE_Y - 2;
  const bottom = top + (lip.bottom + 6 - top) * p.out;
  const round = (bottom - top) * 0.55;
  return (
    `M ${n(-x)} ${n(top)} L ${n(-x)} ${n(bottom - round)} Q ${n(-x)} ${n(bottom)} 0 ${n(bottom)}` +
    ` Q ${n(x)} ${n(bottom)} ${n(x)} ${n(bottom - round)} L ${n(x)} ${n(top)} Z`
  );
}

/** Every path and number that the head needs to draw the parameters `p`. */
export function draw(p) {
  const lip = lips(p);
  const jaw = p.jaw * JAW_DROP;
  const { body, crease, hump } = tongue(p);
  const hole = `M ${n(-lip.half + 5)} ${n(lip.corner)} ${inner(lip, p, lip.top, false)} ${inner(lip, p, lip.bottom, true)} Z`;
  return {
    hole,
    upperLip: upperLip(lip, p),
    lowerLip: lowerLip(lip, p),
    upperTeeth: teeth(EDGE_Y, 45, 34, -1),
    upperGaps: gaps(EDGE_Y, 30, -1, [-35, -27, -18.5, -9.5, 0, 9.5, 18.5, 27, 35]),
    lowerTeeth: teeth(EDGE_Y + 1.5 + jaw, 38, 30, 1),
    lowerGaps: gaps(EDGE_Y + 1.5 + jaw, 26, 1, [-28, -21, -14, -7, 0, 7, 14, 21, 28]),
    tongue: body,
    crease,
    hump,
    tip: tip(lip, p),
    bite: teeth(EDGE_Y + 5 * p.tuck, 27, 11 + 5 * p.tuck, -1),
    biteGaps: gaps(EDGE_Y + 5 * p.tuck, 12, -1, [-18.5, -9.5, 0, 9.5, 18.5]),
    seam: `M ${n(-lip.half + 3)} ${n(lip.corner)} ${inner(lip, p, lip.top, false)}`,
    lip,
    jaw,
  };
}
