import java.util.*;
public class Churn { public static void main(String[] a){ ArrayDeque<byte[]> q=new ArrayDeque<>(); long s=0; for(int i=0;i<600;i++){ byte[] b=new byte[1<<20]; b[i&0xfffff]=1; q.add(b); if(q.size()>20) s+=q.poll().length; } System.out.println("done "+s+" max "+Runtime.getRuntime().maxMemory()); } }
