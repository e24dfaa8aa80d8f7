using System.Text.RegularExpressions;
using Xunit;

namespace Shaper.Engine.Tests.House;

/// <summary>The engine's folders are ranked and a lower one never names a higher one, so that each can be read without those above it.</summary>
public sealed class FolderRankTests
{
    /// <summary>Lowest first.</summary>
    private static readonly string[] Ranked =
    [
        "Units", "Time", "Interop", "Telemetry", "Buffers", "Wire", "Classify", "Voice", "Aqm", "Queueing", "Shaping", "TcpRate", "Capacity",
        "Ports", "Bridge", "Pipeline",
    ];

    [Fact]
    public void Every_folder_of_the_engine_has_a_rank() =>
        Assert.Empty(Engine().Select(f => f.Folder).Distinct().Except(Ranked));

    [Fact]
    public void A_lower_folder_never_names_a_higher_one() =>
        Assert.Empty(Engine().SelectMany(f => Ranked.Skip(Array.IndexOf(Ranked, f.Folder) + 1)
            .Where(higher => Names(f.Code, higher))
            .Select(higher => $"{f.Path} names {higher}")));

    [Fact]
    public void The_engine_never_names_the_host() =>
        Assert.DoesNotContain(Engine(), f => f.Code.Contains("Shaper.Host", StringComparison.Ordinal));

    [Theory]
    [InlineData("using Shaper.Engine.Pipeline;", true)]
    [InlineData("Pipeline.EnginePlan plan;", true)]
    [InlineData("global::Shaper.Engine.Pipeline.EnginePlan plan;", true)]
    [InlineData("// see Shaper.Engine.Pipeline", false)]
    [InlineData("string s = \"Pipeline.X\";", false)]
    [InlineData("ImagePipeline.Run();", false)]
    [InlineData("frame.Pipeline.Length", false)]
    public void The_test_itself_tells_a_name_from_a_mention(string text, bool names) =>
        Assert.Equal(names, Names(SourceFile.WithoutComments(text), "Pipeline"));

    private static IEnumerable<SourceFile> Engine() => SourceFile.All.Where(f => f.Project == "Shaper.Engine");

    /// <summary>Whole or, as C# allows inside Shaper.Engine, without the front part; a member that happens to share the word does not count.</summary>
    private static bool Names(string code, string folder) =>
        Regex.IsMatch(code, $@"Shaper\.Engine\.{folder}\b|(?<![\w.]){folder}\.[A-Z]");
}
