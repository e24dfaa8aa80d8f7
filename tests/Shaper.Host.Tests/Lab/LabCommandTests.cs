using Shaper.Host.Commands;
using Shaper.Host.Lab;
using Xunit;

namespace Shaper.Host.Tests.Lab;

public sealed class LabCommandTests
{
    [Fact]
    public async Task All_errors_of_a_lab_come_at_once_each_with_the_accepted_form()
    {
        CommandRun run = await CommandRun.Of(
            "lab", "--down", "10mb", "--seconds", "3", "--fifo", "0ms", "--sites", "20ms,abc", "--cc", "a b", "--work", "long", "--flows", "0", "--box", "maybe");
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal(
            [
                "shaper lab: --down '10mb': give a rate from 8kbit to 100gbit, such as 512kbit, 10mbit or 2.5gbit",
                "shaper lab: --seconds '3': give a whole number from 6 to 600",
                "shaper lab: --fifo '0ms': give a time from 1ms to 10s, such as 20ms",
                "shaper lab: --sites '20ms,abc': give 1 to 8 times of at most 10s, such as 20ms,30ms",
                "shaper lab: --work 'long': give bulk, short or paced",
                "shaper lab: --flows '0': give a whole number from 1 to 64",
                "shaper lab: --cc 'a b': give the kernel's name of one, such as cubic, reno or bbr",
                "shaper lab: --box 'maybe': give both, without or with",
            ],
            run.Complaints);
        Assert.Empty(run.Output);
    }

    [Theory]
    [InlineData("shaperlab-123-isp", 123)]
    [InlineData("shaperlab-1-s1", 1)]
    [InlineData("shaperlab-x-isp", null)]
    [InlineData("shaperlab-123", null)]
    [InlineData("shaperlab--isp", null)]
    [InlineData("mylab-123-isp", null)]
    public void Only_namespaces_of_a_lab_have_a_number(string name, int? number) => Assert.Equal(number, LabClaim.NumberOf(name));
}
