using System.Text.RegularExpressions;
using Xunit;

namespace Shaper.Engine.Tests.House;

/// <summary>Documents that point somewhere point at something, and what should be listed is.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void Every_link_between_the_documents_leads_to_a_file() =>
        Assert.Empty(Documents().SelectMany(path => Links(path)
            .Where(link => !File.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)) && !Directory.Exists(Path.Combine(Path.GetDirectoryName(path)!, link)))
            .Select(link => $"{Path.GetRelativePath(SourceFile.Root, path)} -> {link}")));

    [Fact]
    public void Every_decision_is_in_the_list_of_decisions()
    {
        string folder = Path.Combine(SourceFile.Root, "docs", "decisions");
        IEnumerable<string> pages = Directory.EnumerateFiles(folder, "*.md").Select(p => Path.GetFileName(p)).Where(name => name != "README.md");
        Assert.Empty(pages.Except(Links(Path.Combine(folder, "README.md"))));
    }

    [Fact]
    public void The_read_me_leads_to_documents() => Assert.NotEmpty(Links(Path.Combine(SourceFile.Root, "README.md")));

    private static IEnumerable<string> Documents() =>
    [
        Path.Combine(SourceFile.Root, "README.md"),
        .. Directory.EnumerateFiles(Path.Combine(SourceFile.Root, "docs"), "*.md", SearchOption.AllDirectories),
    ];

    /// <summary>Targets of Markdown links that are files of this repository, without the part after #.</summary>
    private static IEnumerable<string> Links(string path) =>
        Regex.Matches(File.ReadAllText(path), @"\]\((?<target>[^)#\s]+)(#[^)]*)?\)")
            .Select(m => m.Groups["target"].Value)
            .Where(target => !target.Contains("://", StringComparison.Ordinal));
}
