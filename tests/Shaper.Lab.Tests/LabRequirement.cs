using Xunit;

namespace Shaper.Lab.Tests;

/// <summary>What a lab test needs of the machine; a test that cannot run is skipped and says why.</summary>
internal static class LabRequirement
{
    /// <summary>Root, network namespaces, and the commands the lab is built with.</summary>
    public static void Root()
    {
        if (Environment.UserName != "root" && !Environment.IsPrivilegedProcess)
        {
            Assert.Skip("needs root: network namespaces and raw sockets");
        }

        Commands("ip", "ethtool");
    }

    public static void Commands(params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            if (LabCommand.Find(name) is null)
            {
                Assert.Skip($"needs the command {name}");
            }
        }
    }
}
