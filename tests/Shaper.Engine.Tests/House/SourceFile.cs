using System.Text.RegularExpressions;

namespace Shaper.Engine.Tests.House;

/// <summary>One C# file of the product, as text: what the rules of the house are held against.</summary>
/// <param name="Project">"Shaper.Engine" or "Shaper.Host".</param>
/// <param name="Folder">First folder below the project, empty for a file at its top.</param>
/// <param name="Path">Path below the repository's root.</param>
/// <param name="Lines">As written.</param>
/// <param name="Code">The text without comments and without the insides of strings.</param>
internal sealed partial record SourceFile(string Project, string Folder, string Path, IReadOnlyList<string> Lines, string Code)
{
    /// <summary>The repository's root: the directory of the solution, above the directory the tests run from.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file of the two source projects, generated ones left out.</summary>
    public static IReadOnlyList<SourceFile> All { get; } = [.. Read("Shaper.Engine"), .. Read("Shaper.Host")];

    /// <summary>Top-level type declarations: line number from 0, keyword and name.</summary>
    public IEnumerable<(int Line, string Name)> Types()
    {
        for (int i = 0; i < Lines.Count; i++)
        {
            if (TypeDeclaration().Match(Lines[i]) is { Success: true } match)
            {
                yield return (i, match.Groups["name"].Value);
            }
        }
    }

    public override string ToString() => Path;

    public static string WithoutComments(string text) => CommentOrString().Replace(text, m => m.Value.StartsWith('/') ? " " : "\"\"");

    private static IEnumerable<SourceFile> Read(string project)
    {
        string top = System.IO.Path.Combine(Root, "src", project);
        foreach (string file in Directory.EnumerateFiles(top, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string[] below = System.IO.Path.GetRelativePath(top, file).Split('/');
            if (below[0] is "bin" or "obj")
            {
                continue;
            }

            string text = File.ReadAllText(file);
            yield return new(project, below.Length > 1 ? below[0] : "", System.IO.Path.GetRelativePath(Root, file),
                text.Split('\n'), WithoutComments(text));
        }
    }

    private static string FindRoot()
    {
        string? at = AppContext.BaseDirectory;
        while (at is not null && !File.Exists(System.IO.Path.Combine(at, "ShaperAppliance.sln")))
        {
            at = System.IO.Path.GetDirectoryName(at);
        }

        return at ?? throw new DirectoryNotFoundException("the tests run outside the repository, whose source they read");
    }

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/|@""(?:""""|[^""])*""|""""""""*.*?""""""""*|""(?:\\.|[^""\\\n])*""|'(?:\\.|[^'\\])+'", RegexOptions.Singleline)]
    private static partial Regex CommentOrString();

    [GeneratedRegex(@"^(?:(?:public|internal|file|sealed|static|abstract|readonly|ref|partial|unsafe) )+(?:record struct|record class|class|struct|record|interface|enum|delegate \S+) (?<name>\w+)")]
    private static partial Regex TypeDeclaration();
}
