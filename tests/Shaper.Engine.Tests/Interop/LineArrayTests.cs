using System.Runtime.CompilerServices;
using Shaper.Engine.Buffers;
using Shaper.Engine.Interop;
using Shaper.Engine.Shaping.Tree;
using Xunit;

namespace Shaper.Engine.Tests.Interop;

/// <summary>Elements of a line's size lie on one line each, and no index leads outside.</summary>
public sealed class LineArrayTests
{
    [Fact]
    public void The_first_element_begins_a_line()
    {
        for (int length = 1; length < 20; length++)
        {
            LineArray<FrameMeta> array = new(length);
            Assert.Equal(0, Unsafe.ByteOffset(ref Unsafe.NullRef<FrameMeta>(), ref array[0]) % LineArray<FrameMeta>.LineBytes);
            array[length - 1].Next = length;
            Assert.Equal(length, array.AsSpan()[^1].Next);
            Assert.Equal(length, array.AsSpan(length - 1, 1)[0].Next);
            Assert.Equal(64L * length, array.MemoryBytes);
        }
    }

    [Fact]
    public void An_index_outside_is_refused()
    {
        LineArray<int> array = new(4);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[4]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.AsSpan(2, 3).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.AsSpan(-1, 2).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => array.AsSpan(2, -1).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => default(LineArray<int>)[0]);
    }

    [Fact]
    public void A_class_lies_on_two_lines() => Assert.Equal(ClassNode.SizeBytes, Unsafe.SizeOf<ClassNode>());
}
