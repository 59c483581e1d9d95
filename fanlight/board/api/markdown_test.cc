#include "fanlight/board/api/markdown.h"

#include <gtest/gtest.h>

namespace fanlight::api {
namespace {

TEST(MarkdownToSafeHtml, RendersWhatPeopleWrite) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {" \n\n", ""},
      {"plain", "<p>plain</p>"},
      {"two\nlines\n\nnext", "<p>two\nlines</p>\n<p>next</p>"},
      {"**bold** and *em* and __b__ and _e_",
       "<p><strong>bold</strong> and <em>em</em> and <strong>b</strong> and <em>e</em></p>"},
      {"snake_case_name and 2 * 3 * 4", "<p>snake_case_name and 2 * 3 * 4</p>"},
      {"`a<b` \\*not\\*", "<p><code>a&lt;b</code> *not*</p>"},
      {"# Title\n## Second ##", "<h1>Title</h1>\n<h2>Second</h2>"},
      {"Title\n===\ntext", "<h1>Title</h1>\n<p>text</p>"},
      {"```\na < b\n\n*c*\n```\nafter", "<pre><code>a &lt; b\n\n*c*\n</code></pre>\n<p>after</p>"},
      {"    code\n    more", "<pre><code>code\nmore\n</code></pre>"},
      {"* one\n* two\n    * inner",
       "<ul>\n<li>one</li>\n<li>two\n<ul>\n<li>inner</li>\n</ul></li>\n</ul>"},
      {"1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"},
      {"> quoted\n> more", "<blockquote>\n<p>quoted\nmore</p>\n</blockquote>"},
      {"a\n\n---\n\nb", "<p>a</p>\n<hr>\n<p>b</p>"},
      {"line  \nbreak", "<p>line<br>\nbreak</p>"},
      {"[a](http://b/?c&d \"t\")", "<p><a href=\"http://b/?c&amp;d\" title=\"t\">a</a></p>"},
      {"![alt](x.png)", "<p><img alt=\"alt\" src=\"x.png\"></p>"},
      {"<https://a.b>", "<p><a href=\"https://a.b\">https://a.b</a></p>"},
      {"| a | b |\n|---|---|\n| 1 | 2 |",
       "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td>1</"
       "td>\n<td>2</td>\n"
       "</tr>\n</tbody>\n</table>"},
  };
  for (const auto& [markdown, html] : cases)
    EXPECT_EQ(MarkdownToSafeHtml(markdown), html) << markdown;
}

TEST(MarkdownToSafeHtml, LetsNothingThroughThatCouldRun) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"},
      {"[x](javascript:alert(1))", "<p><a>x</a>)</p>"},
      {"[x](JaVaScRiPt:alert)", "<p><a>x</a></p>"},
      {"![x](data:text/html,a)", "<p><img alt=\"x\"></p>"},
      {"[\"onclick=x](http://a\" onclick=\"b)",
       "<p><a href=\"http://a&quot; onclick=&quot;b\">&quot;onclick=x</a></p>"},
      {"![\"><b>](y)", "<p><img alt=\"&quot;&gt;&lt;b&gt;\" src=\"y\"></p>"},
      {"<http://a\"b onclick=x>", "<p>&lt;http://a&quot;b onclick=x&gt;</p>"},
      {"\xff<b>", "<p>\xef\xbf\xbd&lt;b&gt;</p>"},
  };
  for (const auto& [markdown, html] : cases)
    EXPECT_EQ(MarkdownToSafeHtml(markdown), html) << markdown;
}

TEST(MarkdownToSafeHtml, EndsOnDeepNesting) {
  EXPECT_FALSE(MarkdownToSafeHtml(std::string(20'000, '>') + "x").empty());
  EXPECT_FALSE(MarkdownToSafeHtml(std::string(5'000, '[') + "x").empty());
  std::string emphasis;
  for (int i = 0; i < 1'000; ++i) emphasis += "*a **b ";
  EXPECT_FALSE(MarkdownToSafeHtml(emphasis).empty());
}

}  // namespace
}  // namespace fanlight::api
