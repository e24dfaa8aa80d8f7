using System.Diagnostics;
using Shaper.Engine.Interop;
using Xunit;

namespace Shaper.Engine.Tests.Interop;

public sealed class ProcessSignalTests
{
    [Fact]
    public void A_signal_reaches_the_process_it_is_sent_to()
    {
        using Process sleeper = Process.Start("sleep", "60")!;
        Assert.True(ProcessSignal.Send(sleeper.Id, ProcessSignal.SIGTERM));
        Assert.True(sleeper.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Equal(128 + ProcessSignal.SIGTERM, sleeper.ExitCode);
        Assert.False(ProcessSignal.Send(sleeper.Id, ProcessSignal.SIGTERM));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void Groups_of_processes_are_never_signalled(int processId) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ProcessSignal.Send(processId, ProcessSignal.SIGTERM));
}
