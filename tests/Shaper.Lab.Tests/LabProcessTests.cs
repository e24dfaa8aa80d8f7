using Xunit;

namespace Shaper.Lab.Tests;

public sealed class LabProcessTests
{
    /// <summary>What is printed last can still be in the pipe when the program is gone; here it comes to it later, so that this does not hang on luck.</summary>
    [Fact]
    public void Waiting_for_a_program_waits_for_what_it_printed()
    {
        using LabProcess process = new("sh", "-c", "echo first; (sleep 0.3; echo last) &");
        Assert.Equal(0, process.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Equal("first\nlast\n", process.Output);
    }
}
