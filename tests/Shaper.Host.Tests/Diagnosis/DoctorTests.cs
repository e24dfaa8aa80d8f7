using System.Text.Json;
using Shaper.Host.Commands;
using Shaper.Host.Diagnosis;
using Xunit;

namespace Shaper.Host.Tests.Diagnosis;

public sealed class DoctorTests : IDisposable
{
    private readonly TemporaryDirectory _machine = new();

    public void Dispose() => _machine.Dispose();

    [Theory]
    [InlineData("tsc", Finding.Ok)]
    [InlineData("kvm-clock", Finding.Ok)]
    [InlineData("hpet", Finding.Warn)]
    [InlineData("acpi_pm", Finding.Warn)]
    public void A_slow_clock_source_is_warned_of(string source, string verdict)
    {
        Put("/sys/devices/system/clocksource/clocksource0/current_clocksource", source + "\n");
        Expect(verdict, HostChecks.ClockSource(Files));
    }

    [Theory]
    [InlineData(1, Finding.Warn)]
    [InlineData(2, Finding.Ok)]
    public void One_processor_is_warned_of(int count, string verdict) => Expect(verdict, HostChecks.Processors(count));

    [Theory]
    [InlineData(1.9, Finding.Ok)]
    [InlineData(2.1, Finding.Warn)]
    public void Wakeups_later_than_the_burst_rides_over_are_warned_of(double worstMilliseconds, string verdict) =>
        Expect(verdict, HostChecks.Wakeups((TimeSpan.FromMicroseconds(50), TimeSpan.FromMilliseconds(worstMilliseconds))));

    [Theory]
    [InlineData("up", "1", Finding.Ok)]
    [InlineData("down", "0", Finding.Warn)]
    [InlineData("down", null, Finding.Warn)]
    public void A_port_without_a_link_is_warned_of(string state, string? carrier, string verdict)
    {
        Put("/sys/class/net/eth1/operstate", state + "\n");
        Put("/sys/class/net/eth1/mtu", "1500\n");
        if (carrier is not null)
        {
            Put("/sys/class/net/eth1/carrier", carrier + "\n");
        }

        Expect(verdict, PortChecks.Run("eth1", Files).Single(f => f.Subject == "Link of eth1"));
    }

    [Theory]
    [InlineData("1500", Finding.Ok)]
    [InlineData("9000", Finding.Ok)]
    [InlineData("576", Finding.Warn)]
    public void An_mtu_too_small_for_ipv6_is_warned_of(string mtu, string verdict)
    {
        Put("/sys/class/net/eth1/operstate", "up\n");
        Put("/sys/class/net/eth1/mtu", mtu + "\n");
        Expect(verdict, PortChecks.Run("eth1", Files).Single(f => f.Subject == "MTU of eth1"));
    }

    [Fact]
    public async Task Its_exit_code_and_its_json_agree()
    {
        CommandRun run = await CommandRun.Of("doctor", "--wan", "no-such-port", "--json");
        using JsonDocument report = JsonDocument.Parse(run.Output);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.False(report.RootElement.GetProperty("fit").GetBoolean());
        JsonElement[] findings = [.. report.RootElement.GetProperty("findings").EnumerateArray()];
        Assert.Contains(findings, f => f.GetProperty("subject").GetString()!.Contains("no-such-port", StringComparison.Ordinal)
            && f.GetProperty("verdict").GetString() == "fail");
        Assert.All(findings, f => Assert.Contains(f.GetProperty("verdict").GetString(), new[] { "ok", "warn", "fail" }));
        Assert.All(
            findings.Where(f => f.GetProperty("verdict").GetString() != "ok"), f => Assert.NotEmpty(f.GetProperty("remedy").GetString()!));
    }

    private MachineFiles Files => new(_machine.Path);

    private static void Expect(string verdict, Finding finding)
    {
        Assert.Equal(verdict, finding.Verdict);
        Assert.Equal(verdict != Finding.Ok, finding.Remedy.Length > 0);
    }

    private void Put(string path, string text)
    {
        string file = _machine.Path + path;
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
