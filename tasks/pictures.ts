/** `deno task pictures`: draws the pictures of the documentation, and writes the README's figures. */
import { chromium } from "npm:playwright-core@1.65.1";
import { pipelinePicture } from "./_pipeline_picture.ts";
import { drawCharts } from "./bench/_charts.ts";
import { figuresTable } from "./bench/_print.ts";

const PROJECT = new URL("..", import.meta.url).pathname;

const PICTURES = [
  { name: "report-light", colorScheme: "light", width: 1000, height: 900 },
  { name: "report-phone-dark", colorScheme: "dark", width: 360, height: 900 },
] as const;

if (import.meta.main) {
  await Deno.writeTextFile(`${PROJECT}docs/pipeline.svg`, pipelinePicture());
  await writeFigures();
  const folder = await Deno.makeTempDir();
  const page = `${folder}/report.html`;
  const { success } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "report", "--out", page],
    cwd: PROJECT,
  }).output();
  if (!success) throw new Error("deno task report failed");
  const browser = await chromium.launch({
    executablePath: Deno.args[0] ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    for (const { name, colorScheme, width, height } of PICTURES) {
      const tab = await browser.newPage({
        viewport: { width, height },
        colorScheme,
      });
      await tab.goto(`file://${page}`);
      await tab.locator("#viewer").focus();
      for (let k = 0; k < 21; k++) await tab.keyboard.press("ArrowRight");
      if (width > 400) await tab.evaluate("scrollTo(0, 0)");
      await tab.screenshot({ path: `${PROJECT}docs/${name}.png` });
      await tab.close();
    }
  } finally {
    await browser.close();
    await Deno.remove(folder, { recursive: true });
  }
}

/** Puts the figures of the run in docs/bench.json into charts and the README. */
async function writeFigures(): Promise<void> {
  const run = JSON.parse(await Deno.readTextFile(`${PROJECT}docs/bench.json`));
  for (const [name, picture] of drawCharts(run.groups)) {
    await Deno.writeTextFile(`${PROJECT}docs/${name}`, picture);
  }
  const readme = `${PROJECT}README.md`;
  const text = await Deno.readTextFile(readme);
  const [before, , after] = text.split(/^<!-- \/?figures -->$/m);
  await Deno.writeTextFile(
    readme,
    `${before}<!-- figures -->\n\n${
      figuresTable(run)
    }\n\n<!-- /figures -->${after}`,
  );
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", readme] })
    .output();
}
