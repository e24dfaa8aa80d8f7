using Xunit;

namespace Shaper.Lab.Tests;

public sealed class LabSpaceTests
{
    [Fact]
    public void A_lab_is_built_carries_frames_and_leaves_nothing_behind()
    {
        string name;
        using (LabSpace lab = new())
        {
            lab.AddNamespace("a");
            lab.AddNamespace("b");
            lab.AddVeth("a", "eth0", "b", "eth0", mtu: 9_000);
            lab.AddAddress("a", "eth0", "10.77.0.1/24");
            lab.AddAddress("b", "eth0", "10.77.0.2/24");
            name = lab.NameOf("a");
            Assert.Contains("1 received", lab.Run("a", "ping", "-c", "1", "-W", "2", "-s", "8900", "10.77.0.2"), StringComparison.Ordinal);
            Assert.Equal("eth0", LabThread.Run(lab.NameOf("b"), () => File.ReadAllLines("/proc/thread-self/net/dev").Last().Split(':')[0].Trim()));
        }

        Assert.DoesNotContain(name, LabCommand.Run("ip", "netns", "list"), StringComparison.Ordinal);
    }
}
