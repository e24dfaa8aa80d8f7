using Shaper.Engine.Pipeline;
using Shaper.Engine.Shaping.Tree;
using Shaper.Engine.Units;
using Shaper.Host.Daemon;
using Xunit;

namespace Shaper.Host.Tests.Daemon;

public sealed class ClassLendingTests
{
    [Fact]
    public void A_borrower_borrows_from_the_siblings_that_leave_their_guarantee_unused()
    {
        ClassLending lending = Of(
            Class("link", -1, 0, 0, 0), Class("a", 0, 4_000_000, 100_000, 0), Class("b", 0, 2_000_000, 250_000, 0), Class("c", 0, 1_000_000, 500_000, 375_000));
        Assert.Equal(3_000_000, lending.BorrowedBitsPerSecond(3));
        Assert.Equal(["a"], lending.LendersOf(3));
        Assert.Empty(lending.LendersOf(1));
    }

    [Fact]
    public void Where_no_sibling_lends_it_is_the_siblings_of_the_class_above()
    {
        ClassLending lending = Of(
            Class("link", -1, 0, 0, 0), Class("a", 0, 4_000_000, 0, 0), Class("b", 0, 1_000_000, 500_000, 375_000), Class("b1", 2, 500_000, 62_500, 0),
            Class("b2", 2, 500_000, 437_500, 375_000));
        Assert.Equal(["a"], lending.LendersOf(4));
        Assert.Equal(["a"], lending.LendersOf(2));
    }

    [Fact]
    public void Bandwidth_that_nobody_is_guaranteed_has_no_lender() =>
        Assert.Empty(Of(Class("link", -1, 0, 0, 0), Class("a", 0, 0, 0, 0), Class("b", 0, 0, 1_000, 1_000)).LendersOf(2));

    private static ClassLending Of(params ClassSnapshot[] now)
    {
        Dictionary<string, ClassSnapshot> before = now.ToDictionary(
            static one => one.Name, static one => one with { SentWireBytes = 0, BorrowedWireBytes = 0 }, StringComparer.Ordinal);
        return new(now, before, seconds: 1);
    }

    private static ClassSnapshot Class(string name, int parent, ulong guaranteeBits, long sentBytes, long borrowedBytes) => new()
    {
        Name = name,
        Parent = parent,
        Depth = 1,
        IsLeaf = true,
        IsStrict = false,
        Action = ClassAction.Shape,
        Priority = 3,
        Weight = 1,
        Asked = new(guaranteeBits),
        Guarantee = new(guaranteeBits),
        Ceiling = new(10_000_000),
        SentFrames = 0,
        SentWireBytes = sentBytes,
        GuaranteedWireBytes = sentBytes - borrowedBytes,
        BorrowedWireBytes = borrowedBytes,
        BacklogFrames = 0,
        BacklogWireBytes = 0,
        Drops = default,
        CeMarks = 0,
        ShallowMarks = 0,
        PolicedFrames = 0,
        SojournP50 = Duration.Zero,
        SojournP99 = Duration.Zero,
        SojournMax = Duration.Zero,
    };
}
