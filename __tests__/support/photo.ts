import sharp from "sharp";

/** A made-up landscape at sunset, so that no photo has to be kept with the code. */
export async function landscape(width = 1200, height = 800): Promise<Buffer> {
  const hills = [
    { y: 470, color: "#6d5a72", roll: 60 },
    { y: 540, color: "#454f66", roll: 45 },
    { y: 610, color: "#2a403c", roll: 55 },
    { y: 690, color: "#1f3a26", roll: 30 },
  ].map(({ y, color, roll }, i) => {
    const curve = Array.from({ length: 25 }, (_, n) => {
      const x = n * 50;
      const up = Math.sin(n * (0.45 + i * 0.13) + i * 2) + 0.5 * Math.sin(n * (1.1 + i * 0.3) + i);
      return `${x} ${Math.round(y - up * roll * 0.6)}`;
    });
    return `<path fill="${color}" d="M0 800L${curve.join("L")}V800z"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 800" width="${width}" height="${height}">
    <defs>
      <linearGradient id="sky" x2="0" y2="1">
        <stop offset="0" stop-color="#1f3a66"/><stop offset=".42" stop-color="#a8604f"/><stop offset=".6" stop-color="#d9a05c"/>
      </linearGradient>
      <radialGradient id="sun"><stop offset="0" stop-color="#f2dca0"/><stop offset=".3" stop-color="#e6b873" stop-opacity=".7"/>
        <stop offset="1" stop-color="#d9a05c" stop-opacity="0"/></radialGradient>
      <filter id="grain" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency=".8" numOctaves="2"/>
        <feColorMatrix values="0 0 0 0 .5 0 0 0 0 .5 0 0 0 0 .5 0 0 0 .14 0"/></filter>
      <filter id="clouds" x="0" y="0" width="100%" height="100%"><feTurbulence type="fractalNoise" baseFrequency=".004 .018" numOctaves="4" seed="7"/>
        <feColorMatrix values="0 0 0 0 1 0 0 0 0 .85 0 0 0 0 .75 1.6 0 0 0 -.72"/></filter>
    </defs>
    <rect width="1200" height="800" fill="url(#sky)"/>
    <rect width="1200" height="430" filter="url(#clouds)" opacity=".5"/>
    <circle cx="820" cy="400" r="260" fill="url(#sun)"/>
    <circle cx="820" cy="400" r="40" fill="#fff6d8"/>
    ${hills.join("\n")}
    <path fill="#12241a" d="${pines()}"/>
    <rect width="1200" height="800" filter="url(#grain)"/>
  </svg>`;
  return sharp(Buffer.from(svg)).jpeg({ quality: 88 }).toBuffer();
}

function pines(): string {
  return Array.from({ length: 26 }, (_, i) => {
    const x = 10 + i * 48 + ((i * 37) % 29);
    const tall = 70 + ((i * 53) % 80);
    const foot = 760 + ((i * 17) % 30);
    return `M${x} ${foot - tall}l${tall * 0.2} ${tall}h${-tall * 0.4}z`;
  }).join("");
}

/** What the worker makes of an image: its colours through jimp's sepia, as PNG. */
export async function sepia(image: Buffer): Promise<Buffer> {
  return sharp(image)
    .removeAlpha()
    .recomb([
      [0.393, 0.769, 0.189],
      [0.137157, 0.954381, 0.233961],
      [0.180137838, 0.718807454, 0.307343174],
    ])
    .png()
    .toBuffer();
}
