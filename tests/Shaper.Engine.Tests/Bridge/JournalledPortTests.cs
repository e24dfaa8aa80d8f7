using Shaper.Engine.Bridge;
using Xunit;

namespace Shaper.Engine.Tests.Bridge;

public sealed class JournalledPortTests
{
    [Theory]
    [InlineData("eth0 2 02005e100001 rx-gro,rx-lro")]
    [InlineData("eth0 2 02005e100001 -")]
    public void A_line_reads_back_as_it_was_written(string line)
    {
        Assert.True(JournalledPort.TryParse(line, out JournalledPort? port));
        Assert.Equal(line, port.ToString());
        Assert.Equal(0x02005e100001ul, port.MacAddress);
    }

    [Theory]
    [InlineData("")]
    [InlineData("eth0")]
    [InlineData("eth0 x 02005e100001 -")]
    [InlineData("eth0 2 zz -")]
    [InlineData("eth0 2 02005e100001 - more")]
    public void Anything_else_is_no_line(string line) => Assert.False(JournalledPort.TryParse(line, out _));

    [Fact]
    public void A_journal_is_read_by_the_next_run_and_gone_when_removed()
    {
        string directory = Directory.CreateTempSubdirectory("shaper-journal").FullName;
        try
        {
            var port = new JournalledPort("eth0", 2, 0x02005e100001, ["rx-gro"]);
            Assert.True(new CrashJournal(directory, "eth0", "eth1").TryWrite([port]));
            Assert.Empty(new CrashJournal(directory, "eth0", "eth2").Read());
            var next = new CrashJournal(directory, "eth0", "eth1");
            Assert.Equal(port.ToString(), Assert.Single(next.Read()).ToString());
            next.Remove();
            Assert.Empty(next.Read());
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Journals_of_namespaces_that_are_gone_are_removed_and_no_others()
    {
        string directory = Directory.CreateTempSubdirectory("shaper-journal").FullName;
        try
        {
            // Namespace numbers come from the range of the proc file system's inodes, 0xf0000000 and up: 7 is nobody's.
            string gone = Path.Combine(directory, "ports-7-eth0-eth1");
            string other = Path.Combine(directory, "ports.txt");
            File.WriteAllText(gone, "");
            File.WriteAllText(other, "");
            var mine = new CrashJournal(directory, "eth0", "eth1");
            Assert.True(mine.TryWrite([new("eth0", 2, 0x02005e100001, ["rx-gro"])]));
            new CrashJournal(directory, "eth2", "eth3").RemoveThoseOfGoneNamespaces();
            Assert.Equal((false, true, 1), (File.Exists(gone), File.Exists(other), mine.Read().Count));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_no_fault()
    {
        var journal = new CrashJournal("/proc/shaper", "eth0", "eth1");
        Assert.False(journal.TryWrite([]));
        Assert.Empty(journal.Read());
        journal.Remove();
    }
}
