using System.Globalization;
using System.Text.Json;
using Shaper.Host.Lab;
using Xunit;

namespace Shaper.Lab.Tests;

/// <summary><c>shaper lab</c> as a user starts it: what it sees, and that it leaves nothing behind however it ends.</summary>
public sealed class LabRunTests : IDisposable
{
    private static readonly TimeSpan RunLimit = TimeSpan.FromSeconds(60);

    private readonly string _out = Directory.CreateTempSubdirectory("shaper-lab-test").FullName;

    public LabRunTests() => LabRequirement.Root();

    [Fact]
    public void Without_the_box_the_call_waits_in_the_providers_full_buffer()
    {
        using JsonDocument json = Run("--box", "without", "--seconds", "8", "--json");
        JsonElement trial = Assert.Single(json.RootElement.GetProperty("trials").EnumerateArray());
        Assert.Equal("tbf", json.RootElement.GetProperty("scenario").GetProperty("fifo_by").GetString());
        JsonElement down = trial.GetProperty("voice_down");
        Assert.InRange(down.GetProperty("p99_ms").GetDouble(), 100, 500);
        Assert.InRange(trial.GetProperty("voice_up").GetProperty("p99_ms").GetDouble(), 100, 500);
        Assert.Equal(400, down.GetProperty("sent").GetInt32());
        Assert.InRange(trial.GetProperty("link_used_down_pct").GetDouble(), 70, 102);
        Assert.All(
            json.RootElement.GetProperty("files").EnumerateArray().Select(file => file.GetString()!),
            file => Assert.True(new FileInfo(file).Length > 0, file));
    }

    [Fact]
    public void With_the_box_the_call_passes_by_the_sites_own_upload()
    {
        using JsonDocument json = Run("--box", "with", "--seconds", "8", "--json");
        JsonElement up = Assert.Single(json.RootElement.GetProperty("trials").EnumerateArray()).GetProperty("voice_up");
        Assert.Equal(0, up.GetProperty("lost").GetInt32());
        Assert.InRange(up.GetProperty("p50_ms").GetDouble(), 0, 20);
    }

    [Fact]
    public void Paced_datagrams_take_what_they_were_told_to_and_the_call_finds_no_queue()
    {
        using JsonDocument json = Run("--box", "without", "--seconds", "8", "--work", "paced", "--load", "60", "--uploads", "0", "--json");
        Assert.Equal("paced", json.RootElement.GetProperty("scenario").GetProperty("work").GetString());
        JsonElement trial = Assert.Single(json.RootElement.GetProperty("trials").EnumerateArray());
        Assert.InRange(trial.GetProperty("link_used_down_pct").GetDouble(), 57, 62);
        Assert.InRange(trial.GetProperty("voice_down").GetProperty("p50_ms").GetDouble(), 0, 5);
    }

    [Fact]
    public void After_an_interrupt_nothing_is_left()
    {
        using LabProcess lab = Start("--box", "without", "--seconds", "30");
        lab.WaitForOutput("without the box", TimeSpan.FromSeconds(30));
        IReadOnlyList<int> processes = ProcessesOf(lab.Id);
        Assert.True(processes.Count >= 6);

        lab.Signal("INT");
        Assert.Equal(1, lab.WaitForExit(TimeSpan.FromSeconds(20)));
        Assert.Contains("interrupted", lab.Output, StringComparison.Ordinal);
        AssertNothingLeft(lab.Id);
        Assert.DoesNotContain(processes, Exists);
    }

    [Fact]
    public void What_a_killed_run_leaves_is_removed_by_the_next_one()
    {
        using LabProcess lab = Start("--box", "without", "--seconds", "30");
        lab.WaitForOutput("without the box", TimeSpan.FromSeconds(30));
        IReadOnlyList<int> processes = ProcessesOf(lab.Id);
        lab.Signal("KILL");
        lab.WaitForExit(TimeSpan.FromSeconds(10));

        LabSpace.WaitUntil(() => !processes.Any(Exists), TimeSpan.FromSeconds(10), () => "the roles outlive the lab");
        Assert.NotEmpty(LabLeftovers.NamespacesOf(LabClaim.PrefixOf(lab.Id)));

        using JsonDocument json = Run("--box", "without", "--seconds", "6", "--work", "short", "--own-fifo", "--json");
        AssertNothingLeft(lab.Id);
        Assert.Equal("own", json.RootElement.GetProperty("scenario").GetProperty("fifo_by").GetString());
        JsonElement transfers = json.RootElement.GetProperty("trials")[0].GetProperty("transfers");
        Assert.True(transfers.GetProperty("done").GetInt32() > 5);
    }

    public void Dispose() => Directory.Delete(_out, recursive: true);

    private LabProcess Start(params string[] options) => new(SelfProgram.Command[0], [.. SelfProgram.Command.Skip(1), "lab", "--out", _out, .. options]);

    /// <summary>Runs a lab to its end; standard output is one JSON document and nothing else.</summary>
    private JsonDocument Run(params string[] options)
    {
        (int code, string output, string error) = LabCommand.Try(
            RunLimit, SelfProgram.Command[0], [.. SelfProgram.Command.Skip(1), "lab", "--out", _out, .. options]);
        Assert.True(code == 0, error);
        return JsonDocument.Parse(output);
    }

    private static List<int> ProcessesOf(int lab)
    {
        List<int> processes = [];
        foreach (string space in LabLeftovers.NamespacesOf(LabClaim.PrefixOf(lab)))
        {
            processes.AddRange(LabCommand.Run("ip", "netns", "pids", space).Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
        }

        return processes;
    }

    private static bool Exists(int process) => Directory.Exists($"/proc/{process}");

    private static void AssertNothingLeft(int lab)
    {
        Assert.Empty(LabLeftovers.NamespacesOf(LabClaim.PrefixOf(lab)));
        Assert.DoesNotContain(lab, LabClaim.NumbersOnDisk());
    }
}
