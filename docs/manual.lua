-- Links of the chapters as they are in the repository, turned into those of the manual: chapter.md -> chapter.html, references.bib#key ->
-- references.html#ref-key, pictures beside the pages, and what lies outside docs/ named but not linked. A chapter that is named in the text, docs/chapter.md, becomes a link.
-- A public function, Name(), leads to its place among the functions. Names of options and numbers are not broken at their minus.
local functions = os.getenv("FUNCTIONS") or ""
local function known(name) return name and functions:find(" " .. name .. " ", 1, true) end

local function target(url)
  if url:match("^%a+:") or url:match("^#") then return url end
  url = url:gsub("^docs/", ""):gsub("^%./", "")
  if url:match("^references%.bib") then return (url:gsub("references%.bib#", "references.html#ref-"):gsub("%.bib$", ".html")) end
  if url:match("^%.%./README%.md") then return "index.html" end
  if url:match("^%.%./") then return nil end
  return (url:gsub("%.md$", ".html"):gsub("%.md#", ".html#"))
end

function Link(link)
  local to = target(link.target)
  if not to then return link.content end
  link.target = to
  return link
end

function Image(image)
  image.src = image.src:match("[^/]*$")
  return image
end

function Str(text)
  local before, name, after = text.text:match("^(%(?)docs/([%w-]+)%.md([%).,;:]*)$")
  if name then return { pandoc.Str(before), pandoc.Link(name:gsub("-", " "), name .. ".html"), pandoc.Str(after) } end
  before, name, after = text.text:match("^(%(?)(%u%w+)%(%)([%).,;:]*)$")
  if text.text:match("^[%d.]+e[+-]%d+$") then return pandoc.Span(text, { class = "whole" }) end
  if known(name) then return { pandoc.Str(before), pandoc.Link(name .. "()", "functions.html#" .. name), pandoc.Str(after) } end
end

function Code(code)
  if code.text:match("^%-%S+$") and #code.text < 40 then code.classes:insert("whole") end
  local name = code.text:match("^(%u%w+)%(%)$")
  if known(name) then return pandoc.Link(code, "functions.html#" .. name) end
  return code
end

return { { Link = Link, Image = Image }, { Str = Str, Code = Code } }
