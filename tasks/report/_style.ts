/** How a report looks: light or dark as the reader has it, on a phone too. */
export const STYLE = `
:root { color-scheme: light dark;
  --ground: #ffffff; --text: #1c2024; --quiet: #575e66; --line: #d5d9de;
  --bar: #2f6f4f; --mark: #9a4f00; --light: #f0e6d2; --dark: #b98d62; --panel: #f6f7f8; }
@media (prefers-color-scheme: dark) { :root {
  --ground: #14171a; --text: #e8eaed; --quiet: #a6adb5; --line: #3a4047;
  --bar: #6fbf97; --mark: #ffb35c; --light: #8f8a80; --dark: #565049; --panel: #1d2125; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 72rem; background: var(--ground);
  color: var(--text); font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.6rem; line-height: 1.2; } h2 { margin-top: 2.5rem; font-size: 1.3rem; }
h3 { margin: 0; font-size: 1rem; }
figcaption p, .quiet { margin: 0; color: var(--quiet); font-size: .9rem; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 1rem; }
dt { color: var(--quiet); font-size: .9rem; } dd { margin: 0; font-size: 1.2rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1.5rem; }
figure { margin: 0; padding: 1rem; background: var(--panel); border: 1px solid var(--line);
  border-radius: .5rem; min-width: 0; }
svg { display: block; width: 100%; height: auto; margin-top: .5rem; }
svg rect { fill: var(--bar); } svg line, svg .frame { stroke: var(--line); fill: none; }
svg text { fill: var(--quiet); font-size: 15px; }
svg.board { max-width: 20rem; margin-inline: auto; }
table { width: 100%; border-collapse: collapse; font-size: .9rem; }
th { text-align: left; font-weight: normal; overflow-wrap: break-word; } td, th { padding: .15rem .3rem; vertical-align: middle; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.bar { width: 30%; } .bar span { display: block; height: .8rem; min-width: 1px; background: var(--bar); border-radius: 2px; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
summary { cursor: pointer; padding: .15rem 0; } details details { margin-left: 1rem; }
details p { margin: 0 0 0 1rem; }
button, select { font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--quiet);
  border-radius: .3rem; padding: .3rem .7rem; min-height: 2.2rem; max-width: 100%; }
:focus-visible { outline: 3px solid var(--mark); outline-offset: 2px; }
#viewer { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 18rem), 1fr)); gap: 1.5rem; }
#board { display: grid; grid-template-columns: repeat(8, 1fr); width: 100%; max-width: 26rem;
  aspect-ratio: 1; border: 1px solid var(--line); }
#board span { display: flex; align-items: center; justify-content: center; color: #000;
  font-size: min(2.2rem, 8.5vw); line-height: 1; background: var(--light); overflow: hidden; }
#board span.dark { background: var(--dark); } #board span.moved { box-shadow: inset 0 0 0 3px var(--mark); }
#keys { display: flex; flex-wrap: wrap; gap: .5rem; margin: .7rem 0; }
#moves { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem; max-height: 16rem; overflow-y: auto; }
#moves button { padding: 0 .4rem; min-height: 1.8rem; border-color: var(--line); }
#moves button.sample { border-bottom: 3px solid var(--mark); }
#moves button[aria-current] { background: var(--text); color: var(--ground); }
`;
