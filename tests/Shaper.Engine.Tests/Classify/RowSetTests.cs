using CsCheck;
using Shaper.Engine.Classify;
using Xunit;

namespace Shaper.Engine.Tests.Classify;

public sealed class RowSetTests
{
    /// <summary>Mostly zero, as rows of large sets are.</summary>
    private static readonly Gen<ulong> Word = Gen.Frequency((4, Gen.Const(0UL)), (1, Gen.ULong), (1, Gen.Const(1UL << 63)));

    [Fact]
    public void Rows_say_what_was_added_with_one_summary_and_with_several() =>
        Gen.OneOf(Gen.Int[2, 63], Gen.Int[64, 66], Gen.Int[67, 200]).SelectMany(static words => Word.Array[words].Array[2, 12]).Sample(
            static rows =>
            {
                RowSet set = new(rows[0].Length);
                int[] starts = Array.ConvertAll(rows, set.Add);
                ulong[] both = [.. rows[0].Zip(rows[1], static (first, second) => first & second)];
                int and = set.AddAnd(starts[0], starts[1]);
                ulong[] kept = set.ToArray();

                Assert.Equal(starts, Array.ConvertAll(rows, set.Add));
                Assert.Equal(and, set.Add(both));
                Assert.Equal(kept.Length, set.ToArray().Length);
                for (int i = 0; i < rows.Length; i++)
                {
                    Assert.Equal(rows[i], Unpacked(set, kept, starts[i]));
                }

                Assert.Equal(both, Unpacked(set, kept, and));
            },
            iter: 300);

    [Fact]
    public void A_row_of_one_rule_is_a_summary_and_a_word()
    {
        RowSet set = new(64);
        ulong[] row = new ulong[64];
        row[40] = 2;
        set.Add(row);

        Assert.Equal([1UL << 40, 2], set.ToArray());
    }

    private static ulong[] Unpacked(RowSet set, ulong[] rows, int start)
    {
        ulong[] row = new ulong[set.Words];
        for (int word = 0; word < row.Length; word++)
        {
            bool isThere = (rows[start + (word / 64)] & (1UL << (word % 64))) != 0;
            row[word] = isThere ? RowSet.WordOf(rows, start, set.SummaryWords, word) : 0;
        }

        return row;
    }
}
