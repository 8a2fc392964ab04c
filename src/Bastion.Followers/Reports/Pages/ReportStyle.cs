namespace Bastion.Followers.Reports.Pages;

/// <summary>The page's style, within the page: a report is one file and asks for nothing.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root{color-scheme:light dark;
        --page:light-dark(#f4f5f7,#121417);--card:light-dark(#fff,#1c1f24);--line:light-dark(#d5d9e0,#363b44);
        --text:light-dark(#16191d,#eceef1);--soft:light-dark(#565e6a,#a9b1bd);--accent:light-dark(#0b57d0,#8ab4f8);
        --high:light-dark(#9a4b00,#ffb870);--high-back:light-dark(#fff0dd,#3d2a12);
        --critical:light-dark(#b3140f,#ff9d96);--critical-back:light-dark(#fde7e6,#45191a);
        --good:light-dark(#14692f,#7fd89b);--good-back:light-dark(#e2f5e8,#143321);
        --mono:ui-monospace,"Cascadia Mono","DejaVu Sans Mono","Noto Sans Mono CJK SC",monospace;
        font:15px/1.45 system-ui,"Noto Sans CJK SC","PingFang SC","Microsoft YaHei",sans-serif}
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text)}
        main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 3rem}
        h1{font-size:1.6rem;margin:0}
        h2{font-size:1.15rem;margin:0 0 .15rem}
        h3{font-size:.95rem;margin:1.1rem 0 .35rem;color:var(--soft)}
        p{margin:.35rem 0}
        a{color:var(--accent)}
        small,.soft{color:var(--soft)}
        .head{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.5rem 2rem;align-items:end;margin-bottom:1rem}
        .head dl{display:grid;grid-template-columns:auto auto;gap:.05rem .8rem;margin:0;font-size:.86rem}
        dt{color:var(--soft)} dd{margin:0}
        section,.box{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:1rem 1.1rem;margin:0 0 1rem}
        .verdict{border-left:6px solid var(--good)} .verdict.broken{border-left-color:var(--critical)}
        .verdict h2{color:var(--good);font-size:1.25rem} .verdict.broken h2{color:var(--critical)}
        .verdict dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:.6rem 0 0;font-size:.9rem}
        .facts dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1rem;margin:0;font-size:.9rem} .verdict dd,.facts dd{overflow-wrap:anywhere}
        .tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:.6rem;margin:0 0 1rem}
        .tile{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:.6rem .8rem}
        .tile b{display:block;font-size:1.45rem;line-height:1.2;font-variant-numeric:tabular-nums}
        .tile span{color:var(--soft);font-size:.83rem}
        .tile.bad b{color:var(--critical)} .tile.warn b{color:var(--high)} .tile.fine b{color:var(--good)}
        .act ul{margin:.4rem 0 0;padding-left:1.2rem} .act li{margin:.2rem 0}
        .act li.critical::marker{color:var(--critical)} .act li.high::marker{color:var(--high)}
        .standards{font-size:.78rem;color:var(--soft);margin:0 0 .7rem}
        .standards span{white-space:nowrap;margin-right:.9rem}
        table{border-collapse:collapse;width:100%;font-size:.85rem}
        th,td{text-align:left;vertical-align:top;padding:.32rem .55rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
        th{color:var(--soft);font-weight:600;white-space:nowrap}
        th.n,td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
        td.t{white-space:nowrap;font-variant-numeric:tabular-nums}
        td.w{white-space:nowrap}
        code{font-family:var(--mono);font-size:.92em;overflow-wrap:anywhere}
        td code{font-size:.95em}
        .hash{font-size:.72em;color:var(--soft)}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(21rem,1fr));gap:0 2rem}
        .pair>div{min-width:0}
        .wide{overflow-x:auto}
        .tag{display:inline-block;border-radius:4px;padding:0 .35rem;font-size:.92em;white-space:nowrap}
        .tag.good{color:var(--good);background:var(--good-back)} .tag.high{color:var(--high);background:var(--high-back)}
        .tag.critical{color:var(--critical);background:var(--critical-back)}
        .escape{background:var(--critical-back);color:var(--critical);border-radius:3px;padding:0 2px;font-family:var(--mono);font-size:.9em}
        .none{color:var(--soft);font-style:italic}
        figure{margin:.6rem 0 .2rem} figcaption{font-size:.83rem;color:var(--soft);margin-bottom:.2rem}
        svg{display:block;width:100%;height:auto;max-width:60rem}
        svg text{font:11px system-ui,"Noto Sans CJK SC",sans-serif;fill:var(--soft)}
        .grid{stroke:var(--line);stroke-width:1} .a{fill:var(--accent)} .g{fill:var(--good)} .h{fill:var(--high)} .c{fill:var(--critical)}
        .trend{fill:none;stroke:var(--accent);stroke-width:2} .cell{fill:var(--accent)}
        .key{display:inline-flex;align-items:center;gap:.35rem;margin-right:1rem} .key i{width:.7rem;height:.7rem;border-radius:2px;display:inline-block}
        .key i.a{background:var(--accent)} .key i.g{background:var(--good)} .key i.h{background:var(--high)} .key i.c{background:var(--critical)}
        .sign{display:grid;grid-template-columns:1fr 1fr;gap:2.2rem 2rem;margin-top:1.6rem} .sign div{border-top:1px solid var(--text);padding-top:.25rem;font-size:.85rem}
        nav ol{columns:2;margin:.3rem 0 0;padding-left:1.5rem;font-size:.9rem}
        @page{size:A4;margin:14mm 12mm}
        @media print{:root{color-scheme:light;font-size:9.2pt}
        body{background:none} main{max-width:none;padding:0}
        section,.box,.tile{border-radius:0;border-width:0 0 1px;padding:.5rem 0;margin:0 0 .7rem}
        .tile{border-width:1px;padding:.4rem .5rem} .tiles{grid-template-columns:repeat(6,1fr)}
        .verdict{border-width:0 0 0 6px;padding-left:.8rem}
        h2,h3,figcaption,.standards{break-after:avoid} tr,figure,.tile,.box{break-inside:avoid} thead{display:table-header-group}
        .wide{overflow:visible} a{color:inherit;text-decoration:none} svg{max-height:5cm}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}}
        @media screen and (max-width:50rem){.tiles{grid-template-columns:repeat(3,1fr)}}
        @media (max-width:40rem){.sign{grid-template-columns:1fr} nav ol{columns:1} table{font-size:.8rem}}
        """;
}
