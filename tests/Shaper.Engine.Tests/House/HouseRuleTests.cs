using System.Text.RegularExpressions;
using Xunit;

namespace Shaper.Engine.Tests.House;

/// <summary>Rules that a compiler does not hold: where unsafe code may live, what is documented, how long a file gets, which names say nothing.</summary>
public sealed class HouseRuleTests
{
    /// <summary>Beyond this a file wants to be two.</summary>
    private const int MaxLines = 350;

    [Fact]
    public void Unsafe_code_and_native_calls_live_in_Interop_only() =>
        Assert.Empty(SourceFile.All
            .Where(f => f.Folder != "Interop" || f.Project != "Shaper.Engine")
            .Where(f => Regex.IsMatch(f.Code, @"\bunsafe\b|\bLibraryImport\b|\bDllImport\b|\bUnsafe\.|\bMemoryMarshal\b|\bNativeMemory\b|\bstackalloc\b\s*\*"))
            .Select(f => f.Path));

    [Fact]
    public void Interop_knows_Linux_and_not_shaping() =>
        Assert.Empty(SourceFile.All
            .Where(f => f.Project == "Shaper.Engine" && f.Folder == "Interop")
            .SelectMany(f => Regex.Matches(f.Code, @"using Shaper\.Engine\.(\w+)").Select(m => m.Groups[1].Value)
                .Where(folder => folder is not ("Units" or "Time"))
                .Select(folder => $"{f.Path} uses {folder}")));

    [Fact]
    public void Every_public_type_says_what_it_is() =>
        Assert.Empty(SourceFile.All.SelectMany(f => f.Types()
            .Where(t => f.Lines[t.Line].StartsWith("public", StringComparison.Ordinal) && !HasSummary(f.Lines, t.Line))
            .Select(t => $"{f.Path}:{t.Line + 1} {t.Name}")));

    [Fact]
    public void No_file_is_longer_than_a_reader_holds_in_mind() =>
        Assert.Empty(SourceFile.All.Where(f => f.Lines.Count > MaxLines).Select(f => $"{f.Path} has {f.Lines.Count} lines"));

    [Fact]
    public void No_type_name_hides_behind_a_word_that_says_nothing() =>
        Assert.Empty(SourceFile.All.SelectMany(f => f.Types()
            .Where(t => Regex.IsMatch(t.Name, "Manager|Helper|Util|Processor"))
            .Select(t => $"{f.Path}:{t.Line + 1} {t.Name}")));

    [Fact]
    public void The_reader_of_these_rules_sees_the_types_that_are_there() =>
        Assert.Contains(SourceFile.All.SelectMany(f => f.Types()), t => t.Name == nameof(Shaper.Engine.Units.BitRate));

    private static bool HasSummary(IReadOnlyList<string> lines, int declaration)
    {
        for (int i = declaration - 1; i >= 0; i--)
        {
            if (lines[i].StartsWith("///", StringComparison.Ordinal))
            {
                if (lines[i].Contains("<summary>", StringComparison.Ordinal) || lines[i].Contains("<inheritdoc", StringComparison.Ordinal))
                {
                    return true;
                }
            }
            else if (!lines[i].StartsWith('[') && !lines[i].StartsWith('#'))
            {
                return false;
            }
        }

        return false;
    }
}
