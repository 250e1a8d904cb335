#pragma once

namespace colonnade::report {

/// The look of the page. --c1 and --c2 are the text and the grid of pictures, --c11 and on their
/// inks.
inline constexpr const char* style = R"(
:root{color-scheme:light dark;--ground:#fbfbfa;--card:#ffffff;--text:#1f2328;--soft:#5b6470;--edge:#dfe3e8;--mark:#fff3cd;
--c1:#3d444d;--c2:#e4e7eb;--c11:#1f6fd1;--c12:#d2541b;--c13:#1a8a5f;--c14:#8a3fb0;--c15:#b8860b;--c16:#c2276b;
--c17:#7a828c;--c18:#a3a9b1;--c19:#c3c8ce}
@media (prefers-color-scheme:dark){:root{--ground:#14171a;--card:#1c2024;--text:#e6e9ec;--soft:#9aa4af;--edge:#323840;--mark:#4a3f17;
--c1:#c3cad2;--c2:#2e343b;--c11:#6aa9f4;--c12:#f08a56;--c13:#4fc193;--c14:#c58be3;--c15:#dcb13c;--c16:#ee74a8;
--c17:#98a2ad;--c18:#727c87;--c19:#555e68}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1240px;margin:0 auto;padding:1.5rem 1.25rem 4rem}
h1{font-size:1.7rem;margin:.4rem 0 .2rem;line-height:1.2}
h2{font-size:1.2rem;margin:2.6rem 0 .3rem;padding-top:.9rem;border-top:1px solid var(--edge)}
p{margin:.3rem 0 1rem;color:var(--soft);max-width:78ch}
nav{display:flex;flex-wrap:wrap;gap:.3rem 1rem;margin:1rem 0 0;font-size:.9rem}
a{color:var(--c11);text-decoration:none}a:hover{text-decoration:underline}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:.75rem;margin:1.2rem 0}
.figure{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:.7rem .9rem}
.figure b{display:block;overflow-wrap:anywhere;font-size:1.5rem;line-height:1.25;font-variant-numeric:tabular-nums}
.figure span,.figure small{color:var(--soft);font-size:.82rem;overflow-wrap:anywhere}
.wide{overflow-x:auto;margin:.6rem 0 1.2rem}
table{border-collapse:collapse;font-size:.88rem;font-variant-numeric:tabular-nums}
th,td{padding:.3rem .6rem;vertical-align:top;text-align:right;border-bottom:1px solid var(--edge);white-space:pre;line-height:1.3}
th:first-child,td:first-child{text-align:left;padding-left:0}
th{color:var(--soft);font-weight:600}
tr.marked td{background:var(--mark)}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,272px),1fr));gap:.9rem}
figure{margin:0;background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:.6rem .5rem .3rem;break-inside:avoid}
figcaption{font-size:.9rem;font-weight:600;padding:0 .4rem .2rem}
svg{display:block;width:100%;height:auto;font-family:inherit}
svg text,svg tspan{font-family:inherit}
image{image-rendering:pixelated}
@media print{:root{--ground:#fff;--card:#fff;--text:#000;--soft:#333;--edge:#bbb;--c1:#222;--c2:#ddd;--c11:#1f6fd1;--c12:#d2541b;
--c13:#1a8a5f;--c14:#8a3fb0;--c15:#b8860b;--c16:#c2276b;--c17:#7a828c;--c18:#a3a9b1;--c19:#c3c8ce}
body{font-size:11px}nav{display:none}.plots{grid-template-columns:repeat(3,1fr)}h2{break-after:avoid}main{max-width:none;padding:0}}
)";

}  // namespace colonnade::report
